// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// twoSteps is a document with a step that succeeded and one that failed.
func twoSteps(behaviour fakeaws.SeveralSteps) fakeaws.Script {
	s := sent(named("install", ended("Success", "installed\n", "")), named("runTests", ended("Failed", "", "one failed\n")))
	s.Commands[0].Comment = "a comment"
	s.Commands[0].Invocations[0].SeveralSteps = behaviour
	return s
}

// behaviours are the two recorded responses for several steps if no step is named.
var behaviours = []fakeaws.SeveralSteps{fakeaws.SummaryOfSteps, fakeaws.ErrorForSteps}

// Each step has its own values. Without a name, the values are the status of the invocation only.
func TestSeveralSteps(t *testing.T) {
	t.Parallel()
	for _, behaviour := range behaviours {
		t.Run(string(behaviour), func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, twoSteps(behaviour))
			step := func(name, status, stdout, stderr string, code int32) resource.TestStep {
				return resource.TestStep{
					Config: fake.Provider() + acctest.Invocation(command, node, `plugin_name = "`+name+`"`),
					ConfigStateChecks: values(this, map[string]knownvalue.Check{
						"plugin_name": is(name), "status": is(status), "response_code": knownvalue.Int32Exact(code),
						"standard_output_content": is(stdout), "standard_error_content": is(stderr),
					}),
				}
			}
			apply(t, step("install", "Success", "installed\n", "", 0), step("runTests", "Failed", "", "one failed\n", 1),
				resource.TestStep{
					Config: fake.Provider() + acctest.Invocation(command, node),
					ConfigStateChecks: values(this, attributes(map[string]knownvalue.Check{
						"comment": is("a comment"), "document_name": is("AWS-RunShellScript"), "document_version": is("$DEFAULT"),
						"status": is("Failed"), "status_details": is("Failed"),
					})),
				})
		})
	}
}

// The warning names the steps, and require_success uses the status of the invocation.
func TestStepNameNeeded(t *testing.T) {
	t.Parallel()
	for _, behaviour := range behaviours {
		t.Run(string(behaviour), func(t *testing.T) {
			t.Parallel()
			plan(t, twoSteps(behaviour)).One(t, "warning", "Step Name Needed").
				Contains(t, `"install" and "runTests"`, command, node, "us-east-1", "plugin_name")
		})
	}
	t.Run("with require_success", func(t *testing.T) {
		t.Parallel()
		found := plan(t, twoSteps(fakeaws.SummaryOfSteps), "require_success = true").Diagnostics(t)
		if len(found) != 2 {
			t.Fatalf("diagnostics %+v, want the warning and the error", found)
		}
		for _, d := range found {
			if d.Severity == "error" && d.Summary == "Command Invocation Failed" {
				d.Contains(t, "ended as Failed", "several steps", "plugin_name")
				return
			}
		}
		t.Errorf("no error Command Invocation Failed in %+v", found)
	})
	t.Run("steps that may not be listed", func(t *testing.T) {
		t.Parallel()
		plan(t, struck(twoSteps(fakeaws.SummaryOfSteps), fakeaws.Fault{Operation: "ListCommandInvocations", Kind: fakeaws.AccessDenied, Times: -1})).
			One(t, "warning", "Step Name Needed").Contains(t, "could not list them: ListCommandInvocations returned AccessDeniedException", "ssm:ListCommandInvocations")
	})
}

// A wrong name is an error at once, with the names of the steps. Names are case-sensitive.
func TestStepNotFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"deploy", "runtests"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plan(t, twoSteps(fakeaws.SummaryOfSteps), `plugin_name = "`+name+`"`, `timeouts { read = "10s" }`).One(t, "error", "Step Not Found")
			d.Contains(t, `"`+name+`"`, command, node, "us-east-1", `"install" and "runTests"`, "case-sensitive")
			if want := `plugin_name = "` + name + `"`; strings.TrimSpace(d.Snippet.Code) != want {
				t.Errorf("the error is at %q, want %q", d.Snippet.Code, want)
			}
		})
	}
}
