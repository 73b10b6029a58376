// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// managedNodesNotReady is the error about nodes that were not Online before the timeout of data
// "ssm_managed_nodes". It lists the matching nodes, first those that are not Online.
func managedNodesNotReady(s Subject, e *runcommand.NodesNotReadyError) diag.Diagnostic {
	var online, others []Text
	for i := range e.Nodes {
		n := &e.Nodes[i]
		if n.Online() {
			online = append(online, readinessOf(n))
		} else {
			others = append(others, readinessOf(n))
		}
	}
	known := Text("DescribeInstanceInformation returned no node that matches.")
	if lines := append(others, online...); len(lines) > 0 {
		known = nodeLines(lines)
	}
	var trouble Text
	if e.Unknown != nil {
		trouble = Textf("The last requests failed: %s.", clause(e.Unknown.Cause))
	}
	return AttributeError(path.Root("minimum"), "Nodes Not Ready",
		Textf("Waiting for %s failed: %s Online after %s (%s), and minimum is %d.", s.text(), isOrAre(len(online)), round(e.Waited), s.timeout(), e.Minimum),
		known, trouble,
		"A node is registered when its agent first connects, 30 to 90 seconds after an EC2 instance boots. Stopped and terminated nodes are not listed. "+
			"The agent reports every 5 minutes by default, so that Online and ConnectionLost can be some minutes old.",
		"Check that the agent runs, that the node has an instance profile or a hybrid activation that allows it to connect, and that it reaches the endpoints of Systems Manager. "+
			"An agent that had no role or no network when it started tries again after minutes, later after up to an hour. To make it connect at once, restart it.",
		Textf("To wait longer, raise %s. If the same configuration creates the nodes, set depends_on.", s.timeout()))
}

// nodeLines joins at most mostListed lines.
func nodeLines(lines []Text) Text {
	var shown strings.Builder
	for i, line := range lines {
		if i == mostListed {
			shown.WriteString("\n" + string(Textf("and %d more", len(lines)-mostListed)))
			break
		}
		if i > 0 {
			shown.WriteString("\n")
		}
		shown.WriteString(string(line))
	}
	return Text(shown.String())
}

// isOrAre returns a number of nodes with the verb.
func isOrAre(n int) Text {
	if n == 1 {
		return "1 node is"
	}
	return Textf("%d nodes are", n)
}
