// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// stillRunning is the error about a command that was not complete before the timeout. It has the
// last status, and whether that is the status of the command or of an invocation.
func stillRunning(s Subject, e *runcommand.StillRunningError) diag.Diagnostic {
	status := withDetails(e.Status, e.StatusDetails)
	complete := (&runcommand.Command{Status: e.Status}).Complete()
	var seen Text
	switch {
	case e.Source == runcommand.FromInvocation:
		seen = Textf("Last status: %s.", status)
	case e.Source == runcommand.FromNode && s.Kind == Invocation:
		seen = Textf("Last status: %s, as ListCommandInvocations reports it. GetCommandInvocation does not return the invocation yet.", status)
	case e.Source == runcommand.FromNode:
		seen = Textf("Last status: %s.", status)
	case s.Node != "":
		seen = Textf("Last status of the command: %s. The invocation on the node is not visible. The command may still reach the node.", status)
	case complete:
		seen = Textf("The command is complete as %s on %s, but ListCommandInvocations lists %d of them, or lists some as not complete.", status, plural(e.Targets, "node"), e.Listed)
	case e.Targets == 0:
		seen = Textf("Last status of the command: %s. Systems Manager has not reported yet on which nodes it runs.", status)
	default:
		seen = Textf("Last status of the command: %s. It is complete on %d of %s.", status, e.Completed, plural(e.Targets, "node"))
	}
	parts := []Text{Textf("Timed out after %s (%s) waiting for %s. %s", round(e.Waited), s.timeout(), s.text(), seen)}
	if !complete {
		parts = append(parts, "This is not a failure of the command: the command continues.")
	}
	if strings.Contains(string(status), "Delayed") {
		parts = append(parts, delayed)
	}
	if e.Trouble != nil {
		parts = append(parts, Textf("The last requests failed: %s.", clause(e.Trouble.Cause)))
	}
	if !e.ExpiresAfter.IsZero() && !complete {
		parts = append(parts, Textf("The command itself expires at %s.", e.ExpiresAfter.UTC().Format(time.RFC3339)))
	}
	return Error("Command Invocation Still Running", append(parts,
		Textf("Run Terraform again later, raise %s, or set wait_for_completion = false to take the values as they are.", s.timeout()))...)
}

const delayed Text = "Delayed means that the agent on the node has not fetched the command. The node may be stopped, offline, or busy."
