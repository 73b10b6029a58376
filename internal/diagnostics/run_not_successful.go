// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// RunNotSuccessful is the error of require_success about a command that was sent and is complete.
// It has the number of nodes by status, and the exit codes and output of the first nodes that
// failed.
func RunNotSuccessful(s Sending, r runcommand.RunResult) diag.Diagnostic {
	c := &r.Command
	if r.NoNodesMatched {
		return noNodesMatched(s, r, &runcommand.NoNodesMatchedError{CommandID: c.CommandID, Sends: r.Sends})
	}
	outcomes := map[Text]int{}
	var failed []*runcommand.NodeResult
	for i := range r.Nodes {
		n := &r.Nodes[i]
		outcomes[withDetails(n.Status, n.StatusDetails)]++
		if !n.Succeeded() {
			failed = append(failed, n)
		}
	}
	ended := Textf("command %s ended as %s", c.CommandID, withDetails(c.Status, c.StatusDetails))
	if len(failed) > 0 {
		ended += Textf(", and %d of %s did not end as Success", len(failed), plural(len(r.Nodes), "node"))
	}
	parts := []Text{Textf("Running %s failed: %s.", s.running(), ended), detailsHelp(c.StatusDetails)}
	if len(r.Nodes) > 0 {
		parts = append(parts, "Nodes by status: "+counted(outcomes)+".")
	}
	if c.Status == "Success" {
		parts = append(parts, successDespite(c))
	}
	explained := map[string]bool{c.StatusDetails: true}
	for _, n := range failed[:min(nodesShown, len(failed))] {
		parts = append(parts, failedResult(s, n))
		if !explained[n.StatusDetails] {
			explained[n.StatusDetails] = true
			parts = append(parts, detailsHelp(n.StatusDetails))
		}
	}
	if rest := len(failed) - nodesShown; rest > 0 {
		parts = append(parts, Text(fmt.Sprintf("And %d more.", rest)))
	}
	if s.OutputIsSecret != "" && len(failed) > 0 {
		parts = append(parts, "The output is not shown here, because "+s.OutputIsSecret+".")
	}
	accept := Text("To accept failures in later runs as well, set require_success = false.")
	if s.Action {
		accept = "To accept failures, set require_success = false."
	}
	return AttributeError(requireSuccess, "Command Failed", append(parts, s.next(resultsKnown), accept)...)
}

// detailsHelp returns the statusDetailsHelp of status details, with their name. It returns "" for
// other details, and for Cancelled, which needs no explanation.
func detailsHelp(details string) Text {
	help, ok := statusDetailsHelp[details]
	if !ok || details == "Cancelled" {
		return ""
	}
	return Textf("%s: %s", details, help)
}

// successDespite explains why Systems Manager reports Success for a command that failed on some
// nodes.
func successDespite(c *runcommand.Command) Text {
	if number(c.ErrorCount) > 0 {
		return Textf("Systems Manager reports Success because the failures are within max_errors (%q).", c.MaxErrors)
	}
	return "Systems Manager reports Success because it does not count the nodes that the command was not delivered to as errors."
}

// failedResult returns the status of a node, the first step that did not succeed, and its output.
func failedResult(s Sending, n *runcommand.NodeResult) Text {
	for i, step := range n.Steps {
		if step.Status == "Success" || s.OutputIsSecret == "" && (i >= len(n.Outputs) || n.Outputs[i].Result == nil) {
			continue
		}
		seen := Textf("Node %s: %s, step %q", n.InstanceID, withDetails(n.Status, n.StatusDetails), step.Name)
		if step.ResponseCode != nil {
			seen += Textf(", exit code %d", *step.ResponseCode)
		}
		if s.OutputIsSecret != "" {
			return seen + "."
		}
		return seen + "." + streamTail(&n.Outputs[i])
	}
	return failedNode(n.NodeInvocation)
}

// streamTail returns the end of the standard error of a step, or of its standard output if standard
// error is empty.
func streamTail(o *runcommand.StepOutput) Text {
	i := &o.Result.Invocation
	switch {
	case !i.StandardError.Empty():
		return " The end of standard error:\n" + Tail(*i.StandardError.Content, linesOfNode, bytesOfNode)
	case !i.StandardOutput.Empty():
		return " Standard error is empty. The end of standard output:\n" + Tail(*i.StandardOutput.Content, linesOfNode, bytesOfNode)
	case o.Omitted:
		return "" // The output was not kept, so it is not known whether there was any.
	}
	return " No output."
}
