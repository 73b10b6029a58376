// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// A .tftest.hcl file reads with the provider, asserts values, and can expect a failure.
func TestTerraformTest(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TestFiles)
	fake := acctest.Serve(t, sent(ended("Failed", "out\n", "why\n")))
	w := acctest.NewWorkspace(t, fake.Provider()+`
variable "picky" {
  type    = bool
  default = false
}
data "ssm_command_invocation" "this" {
  command_id  = "`+command+`"
  instance_id = "`+node+`"
  lifecycle {
    postcondition {
      condition     = !var.picky || self.status == "Success"
      error_message = "It ${self.status}."
    }
  }
}
output "content" { value = data.ssm_command_invocation.this.standard_output_content }`)
	w.Write(t, "tests/read.tftest.hcl", `
run "reads" {
  assert {
    condition     = data.ssm_command_invocation.this.response_code == 1 && output.content == "out\n"
    error_message = "It read ${output.content}."
  }
}
run "is_picky" {
  command         = plan
  variables { picky = true }
  expect_failures = [data.ssm_command_invocation.this]
}
`)
	if r := w.Succeed(t, "test", "-no-color"); !strings.Contains(r.Stdout, "2 passed, 0 failed") {
		t.Errorf("it contains: %s", r.Stdout)
	}
	w.Write(t, "tests/read.tftest.hcl", `
run "reads" {
  assert {
    condition     = output.content == "something else"
    error_message = "It read another thing."
  }
}
`)
	if r := w.Run(t, "test", "-no-color"); r.Code == 0 || !strings.Contains(r.Stdout+r.Stderr, "It read another thing.") {
		t.Errorf("a wrong assertion passed: %s%s", r.Stdout, r.Stderr)
	}
}
