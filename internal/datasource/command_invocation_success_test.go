// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A final status other than Success is an error that shows why.
func TestRequireSuccess(t *testing.T) {
	t.Parallel()
	exit := func(code int, status, details, stdout, stderr string) fakeaws.Script {
		s := ended(status, stdout, stderr)
		s.Timeline[1].StatusDetails = details
		s.ResponseCode = &code
		return sent(s)
	}
	tests := map[string]struct {
		script   fakeaws.Script
		contains []string
		hides    string
	}{
		"failed": {exit(7, "Failed", "Failed", "some output\n", "no space left\n"),
			[]string{"ended as Failed.", "Exit code: 7.", "The end of standard error:\n| no space left"}, "some output"},
		"failed, with output alone": {exit(3, "Failed", "Failed", "some output\n", ""),
			[]string{"Exit code: 3.", "Standard error is empty. The end of standard output:\n| some output"}, ""},
		"failed without output": {exit(1, "Failed", "Failed", "", ""), []string{"Standard output and standard error are empty."}, ""},
		"timed out":             {exit(137, "TimedOut", "ExecutionTimedOut", "", ""), []string{"ended as TimedOut (ExecutionTimedOut)", "Exit code: 137.", "executionTimeout"}, ""},
		"not delivered":         {exit(-1, "TimedOut", "DeliveryTimedOut", "", ""), []string{"DeliveryTimedOut", "does not prove that the script did not run"}, ""},
		"cancelled":             {exit(137, "Cancelled", "Cancelled", "", ""), []string{"ended as Cancelled", "was canceled"}, ""},
		"control characters":    {exit(1, "Failed", "Failed", "", "\x1b[31mred\x00\a\n"), []string{`\x1b[31mred\x00\a`}, "\x1b"},
		"a step by its name":    {sent(named("deploy", ended("Failed", "", "why\n"))), []string{`Step "deploy" of command`, "why"}, ""},
		"unknown details":       {exit(1, "Failed", "SomethingNew", "", "why\n"), []string{"Failed (SomethingNew)", "why"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := []string{"require_success = true"}
			if name == "a step by its name" {
				arguments = append(arguments, `plugin_name = "deploy"`)
			}
			d := plan(t, test.script, arguments...).One(t, "error", "Command Invocation Failed")
			d.Contains(t, command, node, "us-east-1")
			d.Contains(t, test.contains...)
			if test.hides != "" && strings.Contains(d.Detail, test.hides) {
				t.Errorf("the detail shows %q:\n%s", test.hides, d.Detail)
			}
			if !strings.Contains(d.Snippet.Code, "require_success") {
				t.Errorf("the error is at %q", d.Snippet.Code)
			}
		})
	}
	t.Run("success", func(t *testing.T) {
		t.Parallel()
		if r := plan(t, sent(ended("Success", "", "a warning\n")), "require_success = true"); r.Code != 0 || len(r.Diagnostics(t)) > 0 {
			t.Errorf("code %d, %+v", r.Code, r.Diagnostics(t))
		}
	})
}

// The error shows at most the last 20 lines and 2,000 bytes of the output.
func TestErrorShowsTheEndOfTheOutput(t *testing.T) {
	t.Parallel()
	var lines strings.Builder
	for i := range 100 {
		fmt.Fprintf(&lines, "line %03d\n", i)
	}
	tests := map[string]struct{ stderr, first, beyond string }{
		"many lines": {lines.String(), "line 080\n", "line 079"},
		"long lines": {"never" + strings.Repeat("é", 998) + "\nEND", strings.Repeat("é", 998) + "\nEND", "never"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plan(t, sent(ended("Failed", "not this\n", test.stderr)), "require_success = true").One(t, "error", "Command Invocation Failed")
			_, tail, _ := strings.Cut(d.Detail, "The end of standard error:\n")
			tail, advice, _ := strings.Cut(tail, "\n\n")
			if !strings.Contains(advice, "set require_success = false") {
				t.Errorf("no advice after the tail: %q", advice)
			}
			tail = unmarked(t, tail)
			if !strings.HasPrefix(tail, test.first) {
				t.Errorf("the tail does not begin with %q:\n%s", test.first, tail)
			}
			if strings.Contains(tail, test.beyond) || strings.Contains(d.Detail, "not this") {
				t.Errorf("the error shows more than the tail:\n%s", d.Detail)
			}
			if n, b := strings.Count(tail, "\n")+1, len(tail); n > 20 || b > 2000 {
				t.Errorf("the tail has %d lines and %d bytes", n, b)
			}
		})
	}
}

// unmarked removes the mark before each line of output.
func unmarked(t *testing.T, tail string) string {
	t.Helper()
	lines := strings.Split(tail, "\n")
	for i, line := range lines {
		content, marked := strings.CutPrefix(line, "| ")
		if !marked {
			t.Errorf("line %q has no mark", line)
		}
		lines[i] = content
	}
	return strings.Join(lines, "\n")
}

// A postcondition can define success.
func TestPostcondition(t *testing.T) {
	t.Parallel()
	step := ended("Failed", "", "")
	step.ResponseCode = fakeaws.Code(4)
	plan(t, sent(step), `lifecycle {
    postcondition {
      condition     = contains([0, 3], self.response_code)
      error_message = "Exit code ${self.response_code} of ${self.plugin_name}."
    }
  }`).One(t, "error", "Resource postcondition failed").Contains(t, "Exit code 4 of "+shell)
}

// In a check block, an error of the read is a warning, and the run continues.
func TestCheck(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Checks)
	fake := acctest.Serve(t, sent(ended("Failed", "", "why\n")))
	check := func(command, arguments string) string {
		return fake.Provider() + `
check "backup" {
  data "ssm_command_invocation" "this" {
    command_id  = "` + command + `"
    instance_id = "` + node + `"
    ` + arguments + `
  }
  assert {
    condition     = data.ssm_command_invocation.this.status == "Success"
    error_message = "It ${data.ssm_command_invocation.this.status}."
  }
}
output "after" { value = "went on" }`
	}
	tests := map[string]struct{ config, summary, contains string }{
		"the assertion fails": {check(command, ""), "Check block assertion failed", "It Failed."},
		"the read fails":      {check(command, "require_success = true"), "Command Invocation Failed", "why"},
		"nothing is there":    {check(otherCommand, atOnce), "Command Invocation Not Found", "30 days"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, test.config)
			r := w.Succeed(t, "apply", "-auto-approve", "-json")
			for _, d := range r.Diagnostics(t) {
				if d.Severity != "warning" {
					t.Errorf("%+v", d)
				}
				if d.Summary == test.summary {
					d.Contains(t, test.contains)
					if got := w.Outputs(t)["after"]; got != "went on" {
						t.Errorf("after = %v", got)
					}
					return
				}
			}
			t.Errorf("no warning %q in %+v", test.summary, r.Diagnostics(t))
		})
	}
}
