// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// This file has the messages about a command that is stored in the state.

// StatusNotRead is the warning of a refresh that could not read the status or the results of a
// command. The cause comes from [Cause] or [Causes].
func StatusNotRead(s Sending, cause Text) diag.Diagnostic {
	what := Textf("document %s in Region %s", s.Document, s.Region)
	if s.CommandID != "" {
		what = s.command(s.CommandID)
	}
	var until Text
	if !s.Requested.IsZero() {
		until = Textf("Each refresh tries again until %s, when Systems Manager deletes its record of the command.", s.Requested.Add(runcommand.History).UTC().Format(time.RFC3339))
	}
	return Warning("Command Status Not Read",
		Textf("Reading the status or the results of %s failed: %s. The state keeps what was read before.", what, cause), until)
}

// Cause returns the cause of an error, and the advice if access was denied, without the last
// period. The caller puts it into a sentence.
func Cause(err error) Text {
	f := explain(err, "")
	var denied *runcommand.AccessDeniedError
	if errors.As(err, &denied) {
		return f.cause + ". " + Text(strings.TrimSuffix(string(f.advice), "."))
	}
	return f.cause
}

// Causes returns the summaries and first paragraphs of error diagnostics, without the last period.
// The caller puts it into a sentence.
func Causes(diags diag.Diagnostics) Text {
	var all []string
	for _, d := range diags.Errors() {
		seen, _, _ := strings.Cut(d.Detail(), "\n\n")
		all = append(all, string(Textf("%s: %s", d.Summary(), clause(seen))))
	}
	return Text(strings.Join(all, "; "))
}

// NotCancelled is the error of a destroy, a replacement, or an action that could not cancel a
// command, so that the command may continue.
func NotCancelled(s Sending, r runcommand.CancelResult, err error) diag.Diagnostic {
	const summary = "Command Not Cancelled"
	var kept, longer Text = "", "raise " + s.Timeout
	if !s.Action {
		kept = "The resource stays in the state, so that a replacement does not send a command while this one runs. " +
			"To remove the resource without canceling the command, run " + removeState + ". " +
			"Or set cancel_on_destroy = false and apply before you destroy. For a tainted resource, run `terraform untaint` first."
		longer = "raise " + s.Timeout + " and apply before you destroy"
	}
	accepted := Text("CancelCommand was not accepted.")
	if r.Requested {
		accepted = "CancelCommand was accepted."
	}
	var (
		different   *runcommand.DifferentCommandError
		running     *runcommand.StillRunningError
		interrupted *runcommand.InterruptedError
	)
	switch {
	case errors.As(err, &different):
		var names []string
		for _, member := range different.Members {
			names = append(names, memberAttributes[member])
		}
		return Error(summary,
			Textf("Canceling %s failed: it is not the command of this resource. In ListCommands it has another %s than in the state. CancelCommand was not called.",
				s.command(different.CommandID), orOf(names)),
			"The command ID in the state was changed. Restore the state from a backup, or run "+removeState+".")
	case errors.As(err, &running):
		return Error(summary,
			Textf("Canceling %s failed: the command is still %s after %s (%s). %s",
				s.command(s.CommandID), withDetails(running.Status, running.StatusDetails), round(running.Waited), s.Timeout, accepted),
			trouble(running.Trouble), "An agent that is offline or busy cannot cancel a script. To wait longer, "+longer+".", kept)
	case errors.As(err, &interrupted):
		return Error("Command Interrupted",
			Textf("Canceling %s was interrupted after %s. %s The command may continue.", s.command(s.CommandID), round(interrupted.Waited), accepted), kept)
	}
	f := explain(err, s.Timeout)
	return Error(summary,
		Textf("Canceling %s failed: %s. %s The command may continue.", s.command(s.CommandID), f.cause, accepted), f.request, f.advice, kept)
}

// memberAttributes has the attribute for each name in a [runcommand.DifferentCommandError].
var memberAttributes = map[string]string{
	"DocumentName": "document_name", "Comment": "comment", "RequestedDateTime": "requested_date_time",
}

// orOf joins names with "or".
func orOf(names []string) Text { return Text(strings.Join(names, " or ")) }

// InvalidImportID is the error about an import ID in another form.
func InvalidImportID(id string) diag.Diagnostic {
	return Error("Invalid Import ID",
		Textf("Importing %q failed: it is not a command ID.", id),
		"Set the import ID to COMMAND_ID or COMMAND_ID@REGION. The command ID has 36 characters, for example 1632d4ab-8021-4031-a383-3b0d7d32f89a@eu-central-1. In an identity, set command_id to COMMAND_ID.")
}

// NotImported is the error about a command that cannot be imported. err is nil if Systems Manager
// has no record of the command.
func NotImported(id, region string, err error) diag.Diagnostic {
	if err == nil {
		return Error("Command Not Found",
			Textf("Importing command %s in Region %s failed: Systems Manager has no record of it in this account and Region.", id, region),
			history+" Check the command ID and the account of the provider's credentials. To import from another Region, append @REGION to the ID, or set region in the identity.")
	}
	f := explain(err, "")
	return Error(f.summary, Textf("Importing command %s in Region %s failed: %s.", id, region, f.cause), f.request, f.advice)
}

// ImportedCommandDiffers is the error about a configuration that would send an imported command
// again.
func ImportedCommandDiffers(id string, arguments []string) diag.Diagnostic {
	return AttributeError(path.Root(arguments[0]), "Imported Command Differs",
		Textf("Planning the imported command %s failed: the configuration differs in %s. To apply the difference, the provider would send the command again, which an import must not cause.", id, List(arguments)),
		"Set the arguments to the imported values. `terraform state show` shows them, and for an import block `terraform plan -generate-config-out=FILE` writes them.",
		"To send a new command instead, remove the import. If the state has the command already, run "+removeState+", and apply.")
}

// ImportedCommandAdopts is the warning about arguments that Systems Manager does not return, so
// that the provider cannot compare them.
func ImportedCommandAdopts(id string, arguments []string) diag.Diagnostic {
	return Warning("Imported Command Adopts Arguments",
		Textf("Systems Manager does not return %s of the imported command %s. The provider stores the values of the configuration, and does not send the command.", List(arguments), id))
}

// NodesAdded is the warning about a plan that adds nodes, so that the command runs again on all
// nodes.
func NodesAdded(before, after int) diag.Diagnostic {
	return AttributeWarning(path.Root("instance_ids"), "Command Runs Again on Every Node",
		Textf("instance_ids grows from %d to %s. The provider sends one command to all of them, so it runs again on the nodes that ran it before.", before, plural(after, "node")),
		"To run a command once for each node, use for_each with one node in instance_ids.")
}
