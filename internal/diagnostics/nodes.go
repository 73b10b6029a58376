// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// mostNodes is the maximum number of nodes that are not Online in a message about sending.
const mostNodes = 10

const summaryNodesNotReady = "Nodes Not Ready"

// nodesNotReady is the error about nodes that Systems Manager rejected until node_ready_timeout.
func nodesNotReady(s Sending, r runcommand.RunResult, e *runcommand.NodesNotReadyError) diag.Diagnostic {
	cause := Text("the nodes are not ready")
	var request Text
	if e.Response != nil {
		cause, request = Textf("%s", clause(e.Response.Cause)), requestID(*e.Response)
	}
	tried := Textf("The provider repeated the request for %s (node_ready_timeout = %s).", round(e.Waited), round(s.NodesReady))
	if s.NodesReady == 0 {
		tried = "The provider did not repeat the request (node_ready_timeout = 0s)."
	}
	return AttributeError(s.nodesArgument(), summaryNodesNotReady,
		Textf("Sending %s failed: %s. %s %s", s.text(), cause, tried, notSent),
		request, readiness(e),
		"Systems Manager returns InvalidInstanceId if at least one node is not registered in this account and Region, is stopped, or is terminated.",
		nodesAdvice, "For nodes that take longer to boot, raise node_ready_timeout.", s.earlier(r))
}

// nodesAdvice is the advice for nodes that are not registered or not Online (user guide,
// "Troubleshooting managed node availability"; for hibernation: amazon-ssm-agent hibernation.go).
const nodesAdvice Text = "For each node that is not Online, check the instance ID, the Region, and that the instance is running. " +
	"Check that it has an instance profile with AmazonSSMManagedInstanceCore, or default host management, and that it reaches the endpoints ssm, ssmmessages, and ec2messages.\n\n" +
	"An agent that had no role or no network at boot hibernates, and can take up to an hour to try again. Restart the agent or the node."

// readiness lists the nodes that are not Online, at most mostNodes, and counts the others.
func readiness(e *runcommand.NodesNotReadyError) Text {
	var lines []string
	online := 0
	for i := range e.Nodes {
		switch {
		case e.Nodes[i].Online():
			online++
		case len(lines) < mostNodes:
			lines = append(lines, "- "+string(readinessOf(&e.Nodes[i])))
		}
	}
	if rest := len(e.Nodes) - online - len(lines); rest > 0 {
		lines = append(lines, fmt.Sprintf("- and %d more that are not Online", rest))
	}
	var unknown Text
	if e.Unknown != nil {
		unknown = Textf("Reading the state of the nodes failed: %s.", clause(e.Unknown.Cause))
		if e.Unknown.Code != "" && e.Unknown.Status < 500 {
			unknown += Textf(" To let the provider show it, allow %s on Resource \"*\".", e.Unknown.Action())
		}
	}
	var known Text
	switch {
	case len(lines) > 0:
		if online > 0 {
			lines = append(lines, "- "+string(plural(online, "other node"))+" Online")
		}
		known = "DescribeInstanceInformation reports:\n" + Text(strings.Join(lines, "\n"))
	case online > 0 && e.Minimum == 0:
		known = "DescribeInstanceInformation reports by now that every node is registered and Online. Apply again."
	}
	if known != "" && unknown != "" {
		return known + "\n\n" + unknown
	}
	return known + unknown
}

// readinessOf describes one node: its ping status, connection, and platform.
func readinessOf(r *runcommand.Readiness) Text {
	n := r.Node
	if n == nil {
		return Textf("%s: not registered in this account and Region, or stopped, or terminated", r.InstanceID)
	}
	text := Textf("%s: ping status %s", r.InstanceID, n.PingStatus)
	if !n.LastPing.IsZero() {
		// The age is negative if the clock of this machine is behind.
		text += Textf(", last ping %s ago", round(max(r.PingAge, 0)))
	}
	if connections[r.Connection] != "" {
		text += Textf(", agent %s", connections[r.Connection])
	}
	if n.PlatformType != "" {
		text += Textf(", %s", n.PlatformType)
	}
	return text
}

// connections are texts for the statuses of GetConnectionStatus.
var connections = map[string]Text{"connected": "connected", "notconnected": "not connected"}

// noNodesMatched is the error about a command that matched no node, so that it ran nowhere.
func noNodesMatched(s Sending, r runcommand.RunResult, e *runcommand.NoNodesMatchedError) diag.Diagnostic {
	var tries, counted Text
	if e.Sends > 1 {
		tries = Textf("The provider sent the command %d times in %s (node_ready_timeout = %s), each time after the one before was complete. No command ran on any node.",
			e.Sends, round(e.Waited), round(s.NodesReady))
	}
	switch {
	case e.Counted:
		counted = "DescribeInstanceInformation reports no managed node that matches."
	case e.Unknown != nil:
		counted = Textf("Counting the nodes that match failed: %s.", clause(e.Unknown.Cause))
	}
	return AttributeError(path.Root("targets"), "No Nodes Matched",
		Textf("Running %s failed: no node matched. ", s.running())+ranNowhere(r), tries, counted,
		noNodesAdvice+" For nodes that are still booting, raise node_ready_timeout.", s.next(resultsKnown), "To accept a command that runs nowhere, set require_success = false.")
}

// ranNowhere returns the status of a command that matched no node. It is Success, unless Systems
// Manager could not resolve the targets.
func ranNowhere(r runcommand.RunResult) Text {
	c := &r.Command
	seen := Textf("Command %s ran on no node, and ended as %s.", c.CommandID, withDetails(c.Status, c.StatusDetails))
	switch c.StatusDetails {
	case "Success": // A command that matched no node has other details: its count can be wrong.
		return Textf("Systems Manager counts no node for command %s and lists no invocation, although it ended as Success. Check on the nodes whether it ran.", c.CommandID)
	case "AccessDenied":
		seen += " AccessDenied means that the caller is not allowed to list the resources of a group."
	}
	return seen
}

const noNodesAdvice Text = "Check the tags or the resource group, the Region, and that the nodes are managed and Online."

// NoNodesMatched is the warning about a command that matched no node, with require_success = false.
func NoNodesMatched(s Sending, r runcommand.RunResult) diag.Diagnostic {
	return AttributeWarning(path.Root("targets"), "No Nodes Matched",
		Textf("Running %s had no effect: no node matched. ", s.running())+ranNowhere(r), noNodesAdvice,
		"To make this an error, set require_success = true.")
}

// tooManyNodes is the error about targets that match more nodes than max_targets.
func tooManyNodes(s Sending, r runcommand.RunResult, e *runcommand.TooManyNodesError) diag.Diagnostic {
	const summary, advice = "Too Many Nodes", "Narrow the targets, or raise max_targets."
	at := path.Root("max_targets")
	if e.CommandID == "" {
		return AttributeError(at, summary,
			Textf("Sending %s failed: %d nodes match, and max_targets allows %d. %s", s.text(), e.Matching, e.Maximum, notSent), advice, s.earlier(r))
	}
	state := stillRuns
	var became, why Text
	switch {
	case e.CancelErr != nil:
		f := explain(e.CancelErr, "")
		became = Textf("Canceling it failed, so it may continue on all of these nodes: %s.", f.cause)
		why = f.advice
	case e.Cancel.Outcome == runcommand.CancelNotNeeded:
		state = resultsKnown
		became = Textf("It is already complete as %s.", withDetails(e.Cancel.Command.Status, e.Cancel.Command.StatusDetails))
	case e.Cancel.Outcome == runcommand.CancelComplete:
		state = resultsKnown
		became = "The provider canceled it. Scripts that were already running can continue."
	default:
		became = "The provider requested its cancellation. Scripts that were already running can continue."
	}
	return AttributeError(at, summary,
		Textf("Running %s failed: the command %s is for %d nodes, and max_targets allows %d. %s", s.running(), e.CommandID, e.Matching, e.Maximum, became), why,
		"The provider had counted the nodes before it sent the command. More nodes matched afterwards.", advice, s.next(state))
}
