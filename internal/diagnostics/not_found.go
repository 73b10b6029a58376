// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

const (
	history     Text = "Systems Manager keeps a command for 30 days."
	destroyHint Text = "If this error blocks a destroy, run `terraform destroy -refresh=false`."
	notRecorded Text = "The command was never sent, was sent in another Region or by another account, or is more than 30 days old. " + history
)

// invocationNotFound is the error about an invocation that does not exist. It has the reason if the
// responses of the list operations show one.
func invocationNotFound(s Subject, e *runcommand.NotFoundError, allowMissing bool) diag.Diagnostic {
	f := e.Existence
	argument := "command_id"
	head := Textf("Reading %s failed: Systems Manager reports that the invocation does not exist, and did so for %s.", s.text(), round(e.Waited))
	var seen, advice Text
	switch {
	case f.Command != nil && slices.ContainsFunc(f.Nodes, func(id string) bool { return strings.EqualFold(id, s.Node) }):
		argument = "instance_id"
		seen = Textf("The command exists (status %s) and names the node, but is complete without an invocation on it.", f.Command.Status)
		advice = "Check instance_id. " + history
	case f.Command != nil && len(f.Nodes) > 0:
		argument = "instance_id"
		seen = Textf("The command exists (status %s) and was sent to %s, not to %s.", f.Command.Status, List(f.Nodes), s.Node)
		advice = "Check instance_id. " + history
	case f.Command != nil:
		argument = "instance_id"
		seen = Textf("The command is complete (status %s, details %s) and has no invocation on this node.", f.Command.Status, f.Command.StatusDetails)
		advice = "Check instance_id, and whether the command's targets match the node. " + history
	case e.CommandUnknown():
		seen = "Systems Manager has no record of this command: neither ListCommands nor ListCommandInvocations returns it. " + notRecorded
		advice = "Check command_id, the Region, and the provider's credentials." + allowMissingHint(s)
	default:
		seen = "The provider cannot tell which of these applies: the command was never sent, is in another Region or account, went to another node, or is more than 30 days old."
		advice = "Check command_id, instance_id, and the Region."
	}
	return AttributeError(path.Root(argument), "Command Invocation Not Found",
		head, seen, deniedLookups(f), allowMissingNote(allowMissing), advice, destroyHint)
}

// commandNotFound is the error about a command that does not exist, by its ID or its comment.
func commandNotFound(s Subject, e *runcommand.NotFoundError, allowMissing bool) diag.Diagnostic {
	head := Textf("Reading %s failed: Systems Manager returned no such command for %s.", s.text(), round(e.Waited))
	var seen, advice Text
	switch {
	case s.Argument == "comment":
		seen = "No command has exactly this comment, with the same capitals and spaces. " + notRecorded
		advice = "Check the comment that the command was sent with, the Region, and the provider's credentials. " +
			"If the command is sent during the same run, raise visibility_timeout." + allowMissingHint(s)
	case e.CommandUnknown():
		seen = notRecorded
		advice = "Check command_id, the Region, and the provider's credentials." + allowMissingHint(s)
	default:
		seen = "The provider cannot tell which of these applies: the command was never sent, is in another Region or account, or is more than 30 days old."
		advice = "Check command_id and the Region."
	}
	note := Text("")
	if !e.CommandUnknown() {
		note = allowMissingNote(allowMissing)
	}
	return AttributeError(path.Root(s.Argument), "Command Not Found", head, seen, deniedLookups(e.Existence), note, advice, destroyHint)
}

// allowMissingHint is the advice to set allow_missing, or "" if the object does not have the
// argument.
func allowMissingHint(s Subject) Text {
	if s.Kind != Invocation && s.Kind != Command {
		return ""
	}
	return " If the command is too old, allow_missing = true returns null values instead of this error."
}

// allowMissingNote explains why allow_missing had no effect, if it was set.
func allowMissingNote(allowMissing bool) Text {
	if !allowMissing {
		return ""
	}
	return "allow_missing does not apply: it covers only commands that ListCommands and ListCommandInvocations both report as nonexistent."
}

// deniedLookups lists the list operations that were rejected, and how to allow them.
func deniedLookups(f runcommand.Existence) Text {
	var denied []string
	for _, response := range []*runcommand.Response{f.CommandDenied, f.InvocationsDenied} {
		if response != nil {
			denied = append(denied, string(Textf("The provider could not call %s: %s. To learn more, allow %s on Resource \"*\".",
				response.Operation, clause(response.Cause), response.Action())))
		}
	}
	return Text(strings.Join(denied, "\n\n"))
}
