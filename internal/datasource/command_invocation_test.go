// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"maps"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A step that runs has exit code -1, as the descriptions of response_code say.
func TestResponseCodeOfARunningStep(t *testing.T) {
	t.Parallel()
	server := acctest.Serve(t, sent(running()))
	config := server.Provider() + acctest.Invocation(command, node, "wait_for_completion = false") +
		read("ssm_command_invocations", byID, "wait_for_completion = false") + output("code", "response_code") + output("status", "status") +
		acctest.Block("output", "listed", "value = data.ssm_command_invocations.this.invocations[0].command_plugins[0].response_code")
	w := acctest.NewWorkspace(t, config)
	w.Succeed(t, "apply", "-auto-approve")
	if diff := cmp.Diff(map[string]any{"status": "InProgress", "code": -1., "listed": -1.}, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// attributes are the attributes of the response, null unless changed.
func attributes(change map[string]knownvalue.Check) map[string]knownvalue.Check {
	all := map[string]knownvalue.Check{}
	for _, name := range []string{
		"plugin_name", "comment", "document_name", "document_version", "response_code", "execution_start_date_time",
		"execution_elapsed_time", "execution_end_date_time", "status", "status_details", "standard_output_content",
		"standard_output_url", "standard_output_truncated", "standard_error_content", "standard_error_url",
		"standard_error_truncated", "cloudwatch_output_config",
	} {
		all[name] = null
	}
	maps.Copy(all, change)
	return all
}

var (
	isoTime = knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`))
	no      = knownvalue.Bool(false)
	yes     = knownvalue.Bool(true)
)

// Each attribute has the value of the response, or null if the response has none or "".
func TestAttributes(t *testing.T) {
	t.Parallel()
	full := sent(ended("Success", "out\n", "err\n"))
	c := &full.Commands[0]
	c.Comment, c.DocumentName, c.DocumentVersion = "a comment", "Example-Document", "3"
	c.OutputS3BucketName, c.OutputS3KeyPrefix = "bucket", "prefix"
	c.CloudWatchOutputConfig = fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true}

	grouped := sent(ended("Failed", "", "failed to run commands: exit status 7"))
	grouped.Commands[0].Invocations[0].Steps[0].ResponseCode = fakeaws.Code(7)
	grouped.Commands[0].CloudWatchOutputConfig = fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true, CloudWatchLogGroupName: "group"}

	undelivered := sent(fakeaws.Step{Timeline: []fakeaws.Moment{
		{At: 0, Status: "Pending", StatusDetails: "Delayed"}, {At: 5, Status: "TimedOut", StatusDetails: "DeliveryTimedOut"}}})

	delayed := sent(fakeaws.Step{Timeline: []fakeaws.Moment{{At: 0, Status: "Pending", StatusDetails: "Delayed"}}})

	url := func(stream string) knownvalue.Check {
		return is("https://s3.us-east-1.amazonaws.com/bucket/prefix/" + command + "/" + node + "/awsrunShellScript/0.awsrunShellScript/" + stream)
	}
	tests := map[string]struct {
		script    fakeaws.Script
		arguments []string
		want      map[string]knownvalue.Check
	}{
		"everything": {full, nil, map[string]knownvalue.Check{
			"plugin_name": is(shell), "comment": is("a comment"), "document_name": is("Example-Document"), "document_version": is("3"),
			"response_code": knownvalue.Int32Exact(0), "execution_start_date_time": isoTime, "execution_elapsed_time": is("PT3.175S"),
			"execution_end_date_time": isoTime, "status": is("Success"), "status_details": is("Success"),
			"standard_output_content": is("out\n"), "standard_output_url": url("stdout"), "standard_output_truncated": no,
			"standard_error_content": is("err\n"), "standard_error_url": url("stderr"), "standard_error_truncated": no,
			"cloudwatch_output_config": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"cloudwatch_log_group_name": is("/aws/ssm/Example-Document"), "cloudwatch_output_enabled": yes}),
		}},
		"failed, without require_success": {grouped, nil, map[string]knownvalue.Check{
			"plugin_name": is(shell), "document_name": is("AWS-RunShellScript"), "document_version": is("$DEFAULT"),
			"response_code": knownvalue.Int32Exact(7), "execution_start_date_time": isoTime, "execution_elapsed_time": is("PT3.175S"),
			"execution_end_date_time": isoTime, "status": is("Failed"), "status_details": is("Failed"),
			"standard_output_content": is(""), "standard_output_truncated": no,
			"standard_error_content": is("failed to run commands: exit status 7"), "standard_error_truncated": no,
			"cloudwatch_output_config": knownvalue.ObjectExact(map[string]knownvalue.Check{
				"cloudwatch_log_group_name": is("group"), "cloudwatch_output_enabled": yes}),
		}},
		"never started": {undelivered, nil, map[string]knownvalue.Check{
			"plugin_name": is(shell), "document_name": is("AWS-RunShellScript"), "document_version": is("$DEFAULT"),
			"response_code": knownvalue.Int32Exact(-1), "status": is("TimedOut"), "status_details": is("DeliveryTimedOut"),
			"standard_output_content": is(""), "standard_output_truncated": no, "standard_error_content": is(""), "standard_error_truncated": no,
		}},
		"not complete": {delayed, []string{"wait_for_completion = false"}, map[string]knownvalue.Check{
			"plugin_name": is(shell), "document_name": is("AWS-RunShellScript"), "document_version": is("$DEFAULT"),
			"response_code": knownvalue.Int32Exact(-1), "status": is("Pending"), "status_details": is("Delayed"),
		}},
		"expired": {fakeaws.Script{}, []string{"allow_missing = true", `visibility_timeout = "0s"`}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			want := attributes(test.want)
			want["command_id"], want["instance_id"], want["region"] = is(command), is(node), is("us-east-1")
			apply(t, resource.TestStep{
				Config:            fake.Provider() + acctest.Invocation(command, node, test.arguments...),
				ConfigStateChecks: values(this, want),
			})
		})
	}
}

// Arguments keep their values, and omitted ones stay null: no default enters the state.
func TestArgumentsKeepTheirValues(t *testing.T) {
	t.Parallel()
	script := sent(ended("Success", "out\n", ""))
	script.Regions = []string{"us-east-1", "eu-west-1"}
	fake := acctest.Serve(t, script)
	timeouts := func(read knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"read": read})
	}
	apply(t, resource.TestStep{
		Config: fake.Provider() + acctest.Invocation(command, node),
		ConfigStateChecks: values(this, map[string]knownvalue.Check{
			"plugin_name": is(shell), "region": is("us-east-1"), "wait_for_completion": null, "visibility_timeout": null,
			"require_success": null, "allow_missing": null, "timeouts": null,
		}),
	}, resource.TestStep{
		Config: fake.Provider() + acctest.Invocation(command, node,
			`plugin_name = "aws:runShellScript"`, `region = "eu-west-1"`, "wait_for_completion = true", `visibility_timeout = "0m1.50s"`,
			"require_success = true", "allow_missing = false", `timeouts { read = "60m" }`),
		ConfigStateChecks: values(this, map[string]knownvalue.Check{
			"plugin_name": is(shell), "region": is("eu-west-1"), "wait_for_completion": yes, "visibility_timeout": is("0m1.50s"),
			"require_success": yes, "allow_missing": no, "timeouts": timeouts(is("60m")), "standard_output_content": is("out\n"),
		}),
	}, resource.TestStep{
		Config: fake.Provider() + acctest.Invocation("11111111-1111-4111-8111-111111111111", node, "timeouts { }"),
		ConfigStateChecks: values(this, map[string]knownvalue.Check{
			"timeouts": timeouts(null), "status": is("Success"),
		}),
	})
}
