// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

const summaryFailed = "Command Invocation Failed"

// readFailed is the advice in errors that require_success causes in a read: a later read of the
// same command has the same result.
const readFailed Text = "Correct the cause, send the command again, and read the new command. To read the values of a failed command, set require_success = false."

var requireSuccess = path.Root("require_success")

// NotSuccessful returns the error of require_success about an invocation: [InvocationFailed] or
// [InvocationFailedWithoutOutput].
type NotSuccessful func(Subject, runcommand.Result) diag.Diagnostic

// InvocationFailed is the error of require_success about an invocation, with the end of its output.
func InvocationFailed(s Subject, r runcommand.Result) diag.Diagnostic {
	i := r.Invocation
	var tail Text
	switch {
	case r.StepNameNeeded != nil:
	case !i.StandardError.Empty():
		tail = "The end of standard error:\n" + Tail(*i.StandardError.Content, TailLines, TailBytes)
	case !i.StandardOutput.Empty():
		tail = "Standard error is empty. The end of standard output:\n" + Tail(*i.StandardOutput.Content, TailLines, TailBytes)
	case i.Complete():
		tail = "Standard output and standard error are empty."
	}
	return invocationFailed(s, r, tail)
}

// InvocationFailedWithoutOutput is the same error with the sizes of the output instead. The output
// of an ephemeral resource can be secret, and Terraform prints and logs diagnostics.
func InvocationFailedWithoutOutput(s Subject, r runcommand.Result) diag.Diagnostic {
	i := r.Invocation
	var sizes Text
	if r.StepNameNeeded == nil && i.Complete() {
		sizes = Textf("It wrote %s to standard output and %s to standard error, which are not shown here.",
			size(i.StandardOutput), size(i.StandardError))
	}
	return invocationFailed(s, r, sizes)
}

// size returns the number of bytes of a stream, which is a minimum if the stream is truncated.
func size(s runcommand.Stream) Text {
	if s.Truncated {
		return "at least " + plural(s.Size(), "byte")
	}
	return plural(s.Size(), "byte")
}

func invocationFailed(s Subject, r runcommand.Result, output Text) diag.Diagnostic {
	i := r.Invocation
	seen := Textf("%s has not succeeded. Status: %s.", s.capital(), withDetails(i.Status, i.StatusDetails))
	if i.Complete() {
		seen = s.capital() + " " + Outcome(i)
	}
	var several Text
	if r.StepNameNeeded != nil {
		several = "It has several steps. To see the exit code and output of one, set plugin_name."
	}
	return AttributeError(requireSuccess, summaryFailed, seen, statusDetailsHelp[i.StatusDetails], output, several, readFailed)
}

// Outcome returns the status and the exit code of an invocation, as the predicate of a sentence.
func Outcome(i runcommand.Invocation) Text {
	status := Textf("ended as %s.", withDetails(i.Status, i.StatusDetails))
	if i.ResponseCode == nil {
		return status
	}
	return Textf("%s Exit code: %d.", status, *i.ResponseCode)
}

// statusDetailsHelp explains status details that are easily misunderstood (user guide,
// "Understanding command statuses", and recorded responses).
var statusDetailsHelp = map[string]Text{
	"ExecutionTimedOut": "The script ran longer than the executionTimeout of the document, and the agent stopped it.",
	"DeliveryTimedOut":  "The node reported no result before the command expired. That does not prove that the script did not run.",
	"Undeliverable":     "The command could not be delivered to the node. That does not prove that the script did not run.",
	"Terminated":        "Systems Manager stopped the command because too many of its invocations failed, or because of an alarm. A script that was already running continues.",
	"InvalidPlatform":   "The document does not support the node's platform.",
	"AccessDenied":      "The caller of SendCommand was not allowed to run the command on this node.",
	"Cancelled":         "The command was canceled.",
}

// Notices returns the warnings about an invocation that was read without an error.
func Notices(s Subject, r runcommand.Result) diag.Diagnostics {
	var diags diag.Diagnostics
	if n := r.StepNameNeeded; n != nil {
		var steps Text
		switch {
		case len(n.Steps) > 0:
			steps = Textf("The steps are %s.", Quoted(n.Steps))
		case n.Denied != nil:
			steps = Textf("The response is that of an invocation with several steps. The provider could not list them: %s. To let it, allow %s on Resource \"*\".",
				clause(n.Denied.Cause), n.Denied.Action())
		default:
			steps = "The response is that of an invocation with several steps: it has no exit code, no step, and no output. No list of the steps was available."
		}
		diags.Append(AttributeWarning(path.Root("plugin_name"), "Step Name Needed",
			Textf("No step was named for %s. %s", s.text(), steps),
			"Each step has its own exit code and output, so response_code and the contents are null, and status is the status of the whole invocation on the node. "+
				"Set plugin_name to the name of a step."))
	}
	if n := r.StepUnfinished; n != nil {
		diags.Append(Warning("Step Not Reported",
			Textf("The invocation for %s ended as %s, but after %s more its step is still reported as %s. The provider took the values as they are.",
				s.text(), n.InvocationStatus, round(n.Waited), withDetails(r.Invocation.Status, "")),
			"This happens if the agent on the node stops before it has reported the step. Check the node."))
	}
	return diags
}

// CommandFailed is the error of require_success about a command whose own status or counts show a
// failure.
func CommandFailed(s Subject, c runcommand.Command) diag.Diagnostic {
	seen := Textf("%s ended as %s.", s.capital(), withDetails(c.Status, c.StatusDetails))
	if number(c.TargetCount) == 0 && c.Status == "Success" {
		return AttributeError(requireSuccess, summaryFailed, seen, nothingRan)
	}
	counts := Textf("It is complete on %d of %s. On %d of them it failed or exceeded its execution timeout, and %d reported no result before the command expired.",
		number(c.CompletedCount), plural(number(c.TargetCount), "node"), number(c.ErrorCount), number(c.DeliveryTimedOutCount))
	var why Text
	if c.Status == "Success" && number(c.ErrorCount) > 0 {
		why = Textf("Systems Manager reports Success because the failures are within max_errors (%q).", c.MaxErrors)
	}
	return AttributeError(requireSuccess, summaryFailed, seen, counts, statusDetailsHelp[c.StatusDetails], why,
		Textf("The command ID is %s. To see the result on each node, use data \"ssm_command_invocations\" with this command_id.", c.CommandID), readFailed)
}

// number returns a count, or 0 if Systems Manager returned none.
func number(count *int32) int {
	if count == nil {
		return 0
	}
	return int(*count)
}

const nothingRan Text = "No node matched the targets of the command, so it ran nowhere. Systems Manager reports this as a success. " +
	"Check the tags or the resource group, and that the nodes were managed and online when the command was sent."

// NoNodeMatched is the warning about a command without invocations.
func NoNodeMatched(s Subject, r runcommand.InvocationsResult) diag.Diagnostic {
	return AttributeWarning(path.Root("command_id"), "No Node Matched",
		Textf("Reading %s returned no invocations.", s.text()), nothingRanAs(r))
}

// nothingRanAs explains why there are no invocations. Systems Manager reports Success if no node
// matched, and another status if it could not resolve the targets.
func nothingRanAs(r runcommand.InvocationsResult) Text {
	if r.Status == "" || r.Status == "Success" {
		return nothingRan
	}
	return Textf("The command ended as %s before it ran on any node. AccessDenied in the details means that the caller of SendCommand was not allowed to list the resources of a group.",
		withDetails(r.Status, r.StatusDetails))
}

// The bounds of the output in one error, which the first nodes that failed share.
const (
	nodesShown  = 3
	linesOfNode = TailLines / nodesShown
	bytesOfNode = TailBytes / nodesShown
)

// NodesFailed is the error of require_success about the invocations of a command, with the end of
// the output of the first nodes that failed.
func NodesFailed(s Subject, r runcommand.InvocationsResult) diag.Diagnostic {
	rows := r.All
	if len(rows) == 0 {
		return AttributeError(requireSuccess, summaryFailed, Textf("Reading %s returned no invocations.", s.text()), nothingRanAs(r))
	}
	outcomes := map[Text]int{}
	var failed []runcommand.NodeInvocation
	for _, n := range rows {
		outcomes[withDetails(n.Status, n.StatusDetails)]++
		if !n.Succeeded() {
			failed = append(failed, n)
		}
	}
	parts := []Text{Textf("%s: %d of %s did not end as Success. %s.", s.capital(), len(failed), plural(len(rows), "node"), counted(outcomes))}
	for _, n := range failed[:min(nodesShown, len(failed))] {
		parts = append(parts, failedNode(n))
	}
	if rest := len(failed) - nodesShown; rest > 0 {
		parts = append(parts, Text(fmt.Sprintf("And %d more.", rest)))
	}
	return AttributeError(requireSuccess, summaryFailed, append(parts, readFailed)...)
}

// counted returns the number of nodes for each status, the most frequent first: "Failed: 2,
// Success: 1". It has at most mostListed statuses.
func counted(outcomes map[Text]int) Text {
	names := slices.SortedFunc(maps.Keys(outcomes), func(x, y Text) int {
		return cmp.Or(outcomes[y]-outcomes[x], cmp.Compare(x, y))
	})
	var counts []string
	for _, name := range names[:min(len(names), mostListed)] {
		counts = append(counts, fmt.Sprintf("%s: %d", name, outcomes[name]))
	}
	return Text(strings.Join(counts, ", "))
}

// failedNode returns the status of a node, and the first step that did not succeed, with its
// output.
func failedNode(n runcommand.NodeInvocation) Text {
	seen := Textf("Node %s: %s", n.InstanceID, withDetails(n.Status, n.StatusDetails))
	at := slices.IndexFunc(n.Steps, func(s runcommand.Step) bool { return s.Status != "Success" })
	if at < 0 {
		return seen + "." // The steps were not read, or none of them failed.
	}
	step := n.Steps[at]
	seen += Textf(", step %q", step.Name)
	if step.ResponseCode != nil {
		seen += Textf(", exit code %d", *step.ResponseCode)
	}
	if tail := Tail(step.Output, linesOfNode, bytesOfNode); tail != "" {
		return seen + ". The end of its output:\n" + tail
	}
	return seen + ", no output."
}
