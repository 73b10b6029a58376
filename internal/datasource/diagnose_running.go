package datasource

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// stillRunning says that the time was over, which is not a failure, with what was
// seen last and whose status that was.
func stillRunning(a asked, e *runcommand.StillRunningError) diag.Diagnostic {
	status := withDetails(e.Status, e.StatusDetails)
	took := fmt.Sprintf("Reading %s took all of %s: ", a, a.patience())
	var seen string
	switch {
	case e.Source == runcommand.FromInvocation:
		seen = fmt.Sprintf("still %s after %s.", status, round(e.Waited))
	case e.Source == runcommand.FromNode && a.of == anInvocation:
		seen = fmt.Sprintf("still %s after %s, by the node's row in ListCommandInvocations.", status, round(e.Waited))
	case e.Source == runcommand.FromNode:
		seen = fmt.Sprintf("still %s after %s.", status, round(e.Waited))
	case a.node != "":
		seen = fmt.Sprintf("the command is still %s after %s, and the invocation on the node is not visible. The command may yet reach the node.", status, round(e.Waited))
	default:
		seen = stillOnNodes(e, status)
	}
	ended := (&runcommand.Command{Status: e.Status}).Ended()
	parts := []string{took + seen}
	if !ended {
		parts = append(parts, "That is not a failure: the command goes on.")
	}
	if strings.Contains(status, "Delayed") {
		parts = append(parts, "Delayed means that the node's agent has not fetched the command: the node may be stopped, offline or busy.")
	}
	if e.Trouble != nil {
		parts = append(parts, fmt.Sprintf("The last questions were not answered: %s.", bare(e.Trouble.Cause)))
	}
	if !e.ExpiresAfter.IsZero() && !ended {
		parts = append(parts, fmt.Sprintf("The service gives this command until %s.", e.ExpiresAfter.UTC().Format(time.RFC3339)))
	}
	return diag.NewErrorDiagnostic("Command Invocation Still Running", sentences(append(parts,
		"Run it again later, raise "+a.patience()+", or set wait_for_completion = false to take the values as they are.")...))
}

// stillOnNodes counts the nodes of a command that has not ended on all of them.
func stillOnNodes(e *runcommand.StillRunningError, status string) string {
	ended := (&runcommand.Command{Status: e.Status}).Ended()
	switch {
	case ended:
		return fmt.Sprintf("the command has ended as %s, but after %s not all of its %d nodes are listed as ended.", status, round(e.Waited), e.Targets)
	case e.Targets == 0:
		return fmt.Sprintf("the command is still %s after %s, and the service has not yet said on which nodes it is run.", status, round(e.Waited))
	default:
		return fmt.Sprintf("the command is still %s after %s. It has ended on %d of %d nodes.", status, round(e.Waited), e.Completed, e.Targets)
	}
}

// withDetails writes a status with its details where those say more.
func withDetails(status, details string) string {
	if details == "" || details == status {
		return status
	}
	return status + " (" + details + ")"
}
