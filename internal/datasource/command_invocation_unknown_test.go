// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// If the same apply sends the command, the read waits for the apply.
func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	apply(t, resource.TestStep{
		Config: fake.Provider() + `
resource "terraform_data" "sent" {
  input = { command = "` + command + `", node = "` + node + `", step = "` + shell + `", timeout = "1m" }
}
data "ssm_command_invocation" "this" {
  command_id         = terraform_data.sent.output.command
  instance_id        = terraform_data.sent.output.node
  plugin_name        = terraform_data.sent.output.step
  visibility_timeout = terraform_data.sent.output.timeout
}
output "content" { value = data.ssm_command_invocation.this.standard_output_content }`,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(this, plancheck.ResourceActionRead),
			plancheck.ExpectUnknownOutputValue("content"),
			noRequest{fake},
		}},
		ConfigStateChecks: values(this, map[string]knownvalue.Check{"status": is("Success"), "standard_output_content": is("out\n")}),
	})
}

// The read rejects what validation accepted as unknown, without a request.
func TestUnknownIsValidatedInTheRead(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string]string{
		"the command":            `command_id = terraform_data.late.output`,
		"the visibility timeout": `visibility_timeout = terraform_data.late.output`,
		"the read timeout":       `timeouts { read = terraform_data.late.output }`,
		"the region":             `region = terraform_data.late.output`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent(ended("Success", "", "")))
			config := fake.Provider() + "resource \"terraform_data\" \"late\" { input = \"wrong\" }\ndata \"ssm_command_invocation\" \"this\" {\n  " + lines
			if name != "the command" {
				config += "\n  command_id = \"" + command + `"`
			}
			r := acctest.NewWorkspace(t, config+"\n  instance_id = \""+node+"\"\n}\n").Run(t, "apply", "-auto-approve", "-json")
			if found := r.Diagnostics(t); r.Code == 0 || len(found) != 1 || found[0].Severity != "error" {
				t.Errorf("diagnostics %+v", found)
			}
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A provider block that is not known yet does not read with the credentials and the Region of the
// environment. Once known, it reads with its own.
// The test is not parallel, because the environment is that of the process.
func TestUnknownProviderArguments(t *testing.T) {
	acctest.Needs(t, acctest.TerraformData)
	const role = "arn:aws:iam::123456789012:role/reader"
	tests := map[string]struct{ line, value string }{
		"region":      {"region = terraform_data.late.output", "eu-west-1"},
		"profile":     {"profile = terraform_data.late.output", ""},
		"assume_role": {"assume_role { role_arn = terraform_data.late.output }", role},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := sent(ended("Success", "out\n", ""))
			s.Regions = []string{"us-east-1", "eu-west-1"}
			fake := acctest.Serve(t, s)
			t.Setenv("AWS_ENDPOINT_URL", fake.URL)
			t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT00000")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
			t.Setenv("AWS_REGION", "us-east-1")
			late := "resource \"terraform_data\" \"late\" { input = \"" + test.value + "\" }\n"
			config := acctest.Source + acctest.Block("provider", "ssm", test.line) + acctest.Invocation(command, node)

			steps := []resource.TestStep{{
				Config:      late + config,
				ExpectError: wrapped("Provider Configuration Unknown", name, "nothing was read", "-target"),
			}}
			if test.value != "" {
				steps = append(steps, resource.TestStep{
					PreConfig: func() {
						if n := fake.Count(""); n > 0 {
							t.Errorf("%d requests while the block was unknown", n)
						}
					},
					Config: acctest.Source + late, // As with -target.
				}, resource.TestStep{
					Config:            late + config,
					ConfigStateChecks: values(this, map[string]knownvalue.Check{"standard_output_content": is("out\n")}),
				})
			}
			apply(t, steps...)
			for _, r := range fake.Requests() {
				if name == "region" && r.Region != "eu-west-1" || name == "assume_role" && r.Service == "ssm" && r.AccessKeyID != fakeaws.AccessKeyFor(role) {
					t.Fatalf("a request was signed by %s for %s", r.AccessKeyID, r.Region)
				}
			}
			if n := fake.Count(""); n > 0 != (test.value != "") {
				t.Errorf("%d requests", n)
			}
		})
	}
}
