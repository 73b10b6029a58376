// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// TestAccAWSCommandInvocation reads one invocation from AWS, with the credentials and the Region of
// the environment. The command must have one step and have completed within the last 30 days. The
// test sends no command.
func TestAccAWSCommandInvocation(t *testing.T) {
	command, node := os.Getenv("SSM_TEST_COMMAND_ID"), os.Getenv("SSM_TEST_INSTANCE_ID")
	if os.Getenv("TF_ACC") == "" || command == "" || node == "" {
		t.Skip("this reads from AWS: set TF_ACC=1, SSM_TEST_COMMAND_ID and SSM_TEST_INSTANCE_ID to a command of one step that has ended, " +
			"and AWS_REGION and credentials as for the AWS CLI")
	}
	acctest.RealAWS(t)
	ended := knownvalue.StringRegexp(regexp.MustCompile(`^(Success|Failed|TimedOut|Cancelled)$`))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: acctest.Source + "provider \"ssm\" {}\n\n" + acctest.Invocation(command, node, `timeouts { read = "1m" }`),
			ConfigStateChecks: values(this, map[string]knownvalue.Check{
				"command_id": is(command), "instance_id": is(node), "status": ended, "status_details": knownvalue.NotNull(),
				"plugin_name": knownvalue.NotNull(), "region": knownvalue.NotNull(), "document_name": knownvalue.NotNull(),
				"response_code": knownvalue.NotNull(), "standard_output_content": knownvalue.NotNull(), "standard_output_truncated": knownvalue.NotNull(),
				"standard_error_content": knownvalue.NotNull(), "standard_error_truncated": knownvalue.NotNull(),
			}),
		}, {
			Config:      acctest.Source + "provider \"ssm\" {}\n\n" + acctest.Invocation("00000000-0000-4000-8000-000000000000", node, atOnce),
			ExpectError: wrapped("Command Invocation Not Found", "30 days"),
		}},
	})
}
