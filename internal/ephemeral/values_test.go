// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

// The ephemeral resource has the values of the data source in every attribute.
func TestValuesAgree(t *testing.T) {
	t.Parallel()
	full := sent(ended("Failed", "out\n\x00é\r\n", "err\n"))
	c := &full.Commands[0]
	c.Comment, c.DocumentName, c.DocumentVersion = "a comment", "Example-Document", "3"
	c.OutputS3BucketName, c.OutputS3KeyPrefix = "bucket", "prefix"
	c.CloudWatchOutputConfig = fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true}
	for name, test := range map[string]struct {
		script    fakeaws.Script
		arguments []string
	}{
		"everything":   {full, nil},
		"not complete": {sent(running()), []string{"wait_for_completion = false"}},
		"expired":      {fakeaws.Script{}, []string{"allow_missing = true", atOnce}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			var checks []statecheck.StateCheck
			for name := range model.InvocationAttributes() {
				checks = append(checks, statecheck.CompareValuePairs(
					"data.ssm_command_invocation.this", tfjsonpath.New(name), "echo.copy", tfjsonpath.New("data").AtMapKey(name), compare.ValuesSame()))
			}
			open(t, resource.TestStep{
				Config:            fake.Provider() + acctest.Invocation(command, node, test.arguments...) + invocation(test.arguments...) + echo,
				ConfigStateChecks: checks,
			})
		})
	}
}

// Each argument has the effect that it has in the data source, and keeps its value. None gets a
// default.
func TestArguments(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 3000)
	twoSteps := func() fakeaws.Script {
		first, second := ended("Success", "first\n", ""), ended("Success", long, "")
		first.Name, second.Name = "first", "second"
		s := written(first)
		s.Regions = []string{"us-east-1", "eu-west-1"}
		s.Commands[0].Invocations[0].Steps = append(s.Commands[0].Invocations[0].Steps, second)
		return s
	}
	tests := map[string]struct {
		script    fakeaws.Script
		arguments []string
		want      map[string]knownvalue.Check
	}{
		"none": {sent(ended("Success", "out\n", "")), nil, map[string]knownvalue.Check{
			"plugin_name": is("aws:runShellScript"), "region": is("us-east-1"), "wait_for_completion": null, "visibility_timeout": null,
			"require_success": null, "allow_missing": null, "complete_output": null, "max_output_bytes": null, "timeouts": null,
			"standard_output_content": is("out\n"), "standard_output_truncated": no,
		}},
		"all": {twoSteps(), []string{
			`plugin_name = "second"`, `region = "eu-west-1"`, "wait_for_completion = true", `visibility_timeout = "0m1.50s"`, "require_success = true",
			"allow_missing = false", "complete_output = true", "max_output_bytes = 30000", `timeouts { open = "60m" }`,
		}, map[string]knownvalue.Check{
			"plugin_name": is("second"), "region": is("eu-west-1"), "wait_for_completion": yes, "visibility_timeout": is("0m1.50s"),
			"require_success": yes, "allow_missing": no, "complete_output": yes, "max_output_bytes": knownvalue.Int64Exact(30000),
			"timeouts":                knownvalue.ObjectExact(map[string]knownvalue.Check{"open": is("60m")}),
			"standard_output_content": is(long), "standard_output_truncated": no, "standard_error_content": is(""),
		}},
		"a truncated stream": {written(ended("Success", long, "")), nil, map[string]knownvalue.Check{
			"standard_output_content": is(long[:24000-20] + "--output truncated--"), "standard_output_truncated": yes,
		}},
		"wait_for_completion = false": {sent(running()), []string{"wait_for_completion = false"}, map[string]knownvalue.Check{
			"status": is("InProgress"), "standard_output_content": null, "standard_output_truncated": null,
		}},
		"failed, without require_success": {sent(ended("Failed", "", "no")), nil, map[string]knownvalue.Check{
			"status": is("Failed"), "response_code": knownvalue.Int32Exact(1), "standard_error_content": is("no"),
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			open(t, resource.TestStep{
				Config:            fake.Provider(withS3(fake)) + invocation(test.arguments...) + echo,
				ConfigStateChecks: checks(test.want),
			})
		})
	}
}

// If the command ID is not known before apply, plan makes no request, and apply opens the resource.
func TestUnknownCommandID(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	open(t, resource.TestStep{
		Config: fake.Provider() + strings.Replace(invocation(), `"`+command+`"`, "terraform_data.sent.output", 1) + echo +
			`resource "terraform_data" "sent" { input = "` + command + `" }`,
		ConfigStateChecks: checks(map[string]knownvalue.Check{"standard_output_content": is("out\n")}),
	})
}
