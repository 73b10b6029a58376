package datasource

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// commandFailed is the error that require_success asks for, about a command across
// its nodes.
func commandFailed(a asked, c runcommand.Command) diag.Diagnostic {
	const onEach = "Data \"ssm_command_invocations\" with this command_id has what happened on each node."
	seen := fmt.Sprintf("%s ended as %s.", capital(a.String()), withDetails(c.Status, c.StatusDetails))
	if c.TargetCount == 0 && c.Status == "Success" {
		return diag.NewAttributeErrorDiagnostic(path.Root("require_success"), "Command Invocation Failed",
			sentences(seen, nothingRan))
	}
	counts := fmt.Sprintf("It ended on %d of %d nodes, of which %d failed or ran out of execution time, and %d reported no end before the command expired.",
		c.CompletedCount, c.TargetCount, c.ErrorCount, c.DeliveryTimedOutCount)
	parts := []string{seen, counts, meaning[c.StatusDetails]}
	if c.Status == "Success" {
		parts = append(parts, fmt.Sprintf("The service calls that a success because it stays within max_errors, which is %q.", c.MaxErrors))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("require_success"), "Command Invocation Failed",
		sentences(append(parts, "The id of the command is "+c.CommandID+". "+onEach)...))
}

const nothingRan = "No node matched the command's targets, so nothing was run anywhere. The service calls that a success. " +
	"Check the tags or the resource group, and that the nodes were online and managed when the command was sent."

// noNodeMatched is the warning that goes with an empty list.
func noNodeMatched(a asked, r runcommand.InvocationsResult) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("command_id"), "No Node Matched",
		sentences(fmt.Sprintf("There are no invocations: asked for %s.", a), nothingRanAs(r)))
}

// nothingRanAs says why there are no invocations. The service calls it Success when
// no node matched; anything else is a command that could not look for its nodes.
func nothingRanAs(r runcommand.InvocationsResult) string {
	if r.Status == "" || r.Status == "Success" {
		return nothingRan
	}
	return fmt.Sprintf("The command ended as %s before it was run on any node. Details of AccessDenied mean that its sender was not allowed to list the resources of a group.",
		withDetails(r.Status, r.StatusDetails))
}

// succeeded reports whether a command did on all its nodes what it was sent for.
// With no node it did nothing.
func succeeded(rows []runcommand.NodeInvocation) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, failedOn)
}

func failedOn(n runcommand.NodeInvocation) bool { return !n.Succeeded() }

// The bounds of output in an error hold for the whole of it, and the first few nodes
// share them (runcommand.Tail has the same for one).
const (
	nodesShown  = 3
	linesShown  = 20
	bytesShown  = 2000
	linesOfNode = linesShown / nodesShown
	bytesOfNode = bytesShown / nodesShown
)

// nodesFailed is the error that require_success asks for, about all nodes of a
// command. The tails are the only output that leaves the state.
func nodesFailed(a asked, r runcommand.InvocationsResult) diag.Diagnostic {
	rows := r.All
	if len(rows) == 0 {
		return diag.NewAttributeErrorDiagnostic(path.Root("require_success"), "Command Invocation Failed",
			sentences(fmt.Sprintf("There are no invocations: asked for %s.", a), nothingRanAs(r)))
	}
	outcomes := map[string]int{}
	var bad []runcommand.NodeInvocation
	for _, n := range rows {
		outcomes[withDetails(n.Status, n.StatusDetails)]++
		if failedOn(n) {
			bad = append(bad, n)
		}
	}
	parts := []string{fmt.Sprintf("%s: %d of %d nodes did not end in Success. %s.", capital(a.String()), len(bad), len(rows), counted(outcomes))}
	for _, n := range bad[:min(nodesShown, len(bad))] {
		parts = append(parts, failedNode(n))
	}
	if rest := len(bad) - nodesShown; rest > 0 {
		parts = append(parts, fmt.Sprintf("And %d more.", rest))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("require_success"), "Command Invocation Failed", sentences(parts...))
}

// counted writes how many nodes ended how, the most frequent first.
func counted(outcomes map[string]int) string {
	names := slices.SortedFunc(maps.Keys(outcomes), func(x, y string) int {
		return cmp.Or(outcomes[y]-outcomes[x], cmp.Compare(x, y))
	})
	var said []string
	for _, name := range names {
		said = append(said, fmt.Sprintf("%s: %d", name, outcomes[name]))
	}
	return strings.Join(said, ", ")
}

// failedNode tells of one node: how it ended, and at which step.
func failedNode(n runcommand.NodeInvocation) string {
	seen := fmt.Sprintf("Node %s: %s", n.InstanceID, withDetails(n.Status, n.StatusDetails))
	at := slices.IndexFunc(n.Steps, func(s runcommand.StepResult) bool { return s.Status != "Success" })
	if at < 0 {
		return seen + "." // The steps were not asked for, or none is to blame.
	}
	step := n.Steps[at]
	seen += fmt.Sprintf(", step %q, exit code %d", step.Name, step.ResponseCode)
	if tail := shortTail(step.Output); tail != "" {
		return seen + ". The end of its output:\n" + tail
	}
	return seen + ", no output."
}

// shortTail is one node's share of the output that an error may show.
func shortTail(output string) string {
	lines := strings.Split(runcommand.Tail(output), "\n")
	lines = lines[max(0, len(lines)-linesOfNode):]
	tail := strings.Join(lines, "\n")
	for len(tail) > bytesOfNode {
		_, rest, more := strings.Cut(tail, "\n")
		if !more {
			rest = tail[len(tail)-bytesOfNode:]
			for !utf8.RuneStart(rest[0]) {
				rest = rest[1:]
			}
		}
		tail = rest
	}
	return tail
}
