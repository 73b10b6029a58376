package datasource

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// failed is the error that require_success asks for. Its tail is the only place
// where output leaves the state.
func failed(a asked, r runcommand.Result) diag.Diagnostic {
	i := r.Invocation
	var tail string
	switch {
	case r.StepNameNeeded != nil:
	case !i.StandardError.Empty():
		tail = "The end of standard error:\n" + runcommand.Tail(*i.StandardError.Content)
	case !i.StandardOutput.Empty():
		tail = "Standard error is empty. The end of standard output:\n" + runcommand.Tail(*i.StandardOutput.Content)
	case i.Ended():
		tail = "Nothing was written to standard output or standard error."
	}
	return failedWith(a, r, tail)
}

// Hushed is that error without any of the output: what is read through an ephemeral
// resource is secret, and a diagnostic is printed and logged.
func Hushed(a asked, r runcommand.Result) diag.Diagnostic {
	i := r.Invocation
	var sizes string
	if r.StepNameNeeded == nil && i.Ended() {
		sizes = fmt.Sprintf("It wrote %s to standard output and %s to standard error, which are not shown here.",
			size(i.StandardOutput), size(i.StandardError))
	}
	return failedWith(a, r, sizes)
}

// size is how much a stream has, as far as it is known: of one that was cut, the
// part that is there says only how much it is at least.
func size(s runcommand.Stream) string {
	if s.Truncated {
		return fmt.Sprintf("at least %d bytes", s.Size())
	}
	return fmt.Sprintf("%d bytes", s.Size())
}

func failedWith(a asked, r runcommand.Result, output string) diag.Diagnostic {
	i := r.Invocation
	seen := fmt.Sprintf("%s ended as %s.", capital(a.String()), withDetails(i.Status, i.StatusDetails))
	if !i.Ended() {
		seen = fmt.Sprintf("%s has not succeeded: the status is %s.", capital(a.String()), i.Status)
	}
	if i.ResponseCode != nil {
		seen += fmt.Sprintf(" Exit code: %d.", *i.ResponseCode)
	}
	parts := []string{seen, meaning[i.StatusDetails], output}
	if r.StepNameNeeded != nil {
		parts = append(parts, "It has several steps; name one with plugin_name to see its exit code and output.")
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("require_success"), "Command Invocation Failed", sentences(parts...))
}

// meaning explains details whose names mislead (user guide, "Understanding command
// statuses", and recorded answers).
var meaning = map[string]string{
	"ExecutionTimedOut": "The script ran longer than its executionTimeout and was stopped.",
	"DeliveryTimedOut":  "The node reported no end before the command expired. That does not prove that the script did not run.",
	"Undeliverable":     "The command could not be delivered to the node. That does not prove that the script did not run.",
	"Terminated":        "The command was ended because too many of its invocations failed, or by an alarm. A script that was already running goes on.",
	"InvalidPlatform":   "The document is not for the node's platform.",
	"AccessDenied":      "The sender was not allowed to run the command on this node.",
	"Cancelled":         "The command was cancelled.",
}

// notices are the warnings that go with values.
func notices(a asked, r runcommand.Result) diag.Diagnostics {
	var diags diag.Diagnostics
	if n := r.StepNameNeeded; n != nil {
		steps := "It has several steps, but they could not be listed."
		if len(n.Steps) > 0 {
			steps = fmt.Sprintf("Its steps are %s.", list(quoted(n.Steps)))
		} else if n.Silence != nil {
			steps = fmt.Sprintf("It has several steps, but they could not be listed: %s. Allow %s with Resource \"*\".", bare(n.Silence.Cause), n.Silence.Action())
		}
		diags.AddAttributeWarning(path.Root("plugin_name"), "Step Name Needed", sentences(
			fmt.Sprintf("No step was named for %s. %s", a, steps),
			"Each step has an exit code and output of its own, so response_code and the contents are null; status is that of the whole invocation on the node. "+
				"Set plugin_name to the step that is wanted."))
	}
	if n := r.StepUnfinished; n != nil {
		diags.AddWarning("Step Not Reported", sentences(
			fmt.Sprintf("The invocation for %s has ended as %s, but %s later the step itself is still reported as %s. The values were taken as they stand.",
				a, n.InvocationStatus, round(n.Waited), r.Invocation.Status),
			"That happens when the node's agent stops before it has reported the step. Look at the node."))
	}
	return diags
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
