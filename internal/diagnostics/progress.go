// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Line returns a text as one line of progress, which Terraform prints without further checks.
func Line(t Text) string { return sanitize(strings.ReplaceAll(string(t), "\n", " ")) }

// SentLine is the line of progress after a command was sent. If Terraform is interrupted, users can
// find the command by this line.
func SentLine(s Sending, id string) Text {
	return Textf("Sent command %s in Region %s with comment %q", id, s.Region, s.Comment)
}

// Progress is the line for the progress of an operation.
func Progress(s Sending, p runcommand.Progress) Text {
	switch {
	case p.CommandID == "" && p.Phase == runcommand.WaitingForNodes:
		return Textf("Waiting for %s to be ready (%s)", s.nodes(), round(p.Waited))
	case p.CommandID == "" && p.Phase == runcommand.Searching:
		return Textf("The response was lost: searching for the command (%s)", round(p.Waited))
	case p.CommandID == "" && s.CommandID != "":
		return Textf("Canceling command %s (%s)", s.CommandID, round(p.Waited))
	case p.CommandID == "":
		return Textf("Sending %s (%s)", s.text(), round(p.Waited))
	}
	counts := Text("")
	if p.Targets > 0 {
		counts = Textf(", complete on %d of %s", p.Completed, plural(p.Targets, "node"))
	}
	if p.Errors > 0 {
		counts += Textf(", %d failed", p.Errors)
	}
	return Textf("Command %s: %s%s (%s)", p.CommandID, withDetails(p.Status, p.StatusDetails), counts, round(p.Waited))
}

// CancelLine is the line for the result of a cancellation.
func CancelLine(s Sending, r runcommand.CancelResult) Text {
	switch r.Outcome {
	case runcommand.CancelUnknown:
		return Textf("Systems Manager has no record of command %s in Region %s: there is nothing to cancel", s.CommandID, s.Region)
	case runcommand.CancelNotNeeded:
		return Textf("Command %s was already complete as %s", s.CommandID, outcomeOf(r))
	case runcommand.CancelRequested:
		return Textf("Requested the cancellation of command %s", s.CommandID)
	case runcommand.CancelComplete:
	}
	return Textf("Command %s is complete as %s. Processes that its scripts started can continue", s.CommandID, outcomeOf(r))
}

// outcomeOf returns the status of the command, or of the nodes on which it was canceled.
func outcomeOf(r runcommand.CancelResult) Text {
	if len(r.Nodes) == 0 {
		return withDetails(r.Command.Status, r.Command.StatusDetails)
	}
	outcomes := map[Text]int{}
	for _, n := range r.Nodes {
		outcomes[withDetails(n.Status, n.StatusDetails)]++
	}
	return counted(outcomes)
}

// Cancelled is the result of the cancellation of a command after an interrupt.
type Cancelled struct {
	Result runcommand.CancelResult
	Err    error
}

// InterruptedAndCancelled is the error of an action that was interrupted, and canceled its command.
func InterruptedAndCancelled(s Sending, r runcommand.RunResult, c Cancelled) diag.Diagnostic {
	id := r.Command.CommandID
	became, cancel := Text("The provider requested its cancellation. Scripts that were already running can continue."), Text("")
	if !c.Result.Requested {
		became, cancel = "The provider could not cancel the command, and the command continues.", s.cancelCommand(id)
		if c.Err != nil {
			became = Textf("Canceling the command failed: %s. The command continues.", Cause(c.Err))
		}
	}
	return Error("Command Interrupted", Textf("Waiting for %s was interrupted. %s", s.command(id), became), cancel)
}
