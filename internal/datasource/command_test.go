// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestCommandAttributes(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script(everything()))
	want := object{
		"command_id": is(command), "comment": is("deploy 4.2.0"), "document_name": is("Example-Deploy"), "document_version": is("3"),
		"requested_date_time": at(fake, -60.5), "expires_after": at(fake, -60.5+600+3600),
		"instance_ids": texts(node, otherNode), "targets": rows(),
		"parameters": knownvalue.MapExact(object{"commands": texts("uname -r", "id"), "password": texts("hunter2")}),
		"status":     is("Failed"), "status_details": is("FailedDueToAlarm"),
		"target_count": knownvalue.Int64Exact(2), "completed_count": knownvalue.Int64Exact(2), "error_count": knownvalue.Int64Exact(0),
		"delivery_timed_out_count": knownvalue.Int64Exact(0), "max_concurrency": is("10%"), "max_errors": is("1"),
		"output_s3_bucket_name": is("logs"), "output_s3_key_prefix": is("run"), "output_s3_region": is("eu-central-1"),
		"service_role_arn": is("arn:aws:iam::123456789012:role/notify"), "timeout_seconds": knownvalue.Int64Exact(600),
		"notification_config": exactly(object{"notification_arn": is("arn:aws:sns:us-east-1:123456789012:ssm"),
			"notification_events": texts("Success", "Failed"), "notification_type": is("Command")}),
		"cloudwatch_output_config": exactly(object{"cloudwatch_log_group_name": is("/aws/ssm/Example-Deploy"), "cloudwatch_output_enabled": knownvalue.Bool(true)}),
		"alarm_configuration":      exactly(object{"alarms": rows(exactly(object{"name": is("errors")})), "ignore_poll_alarm_failure": knownvalue.Bool(true)}),
		"triggered_alarms":         rows(exactly(object{"name": is("errors"), "state": is("ALARM")})),
	}
	many := map[string]knownvalue.Check{"commands": rows(exactly(want))}
	one := map[string]knownvalue.Check{"region": is("us-east-1")}
	for name, check := range want {
		one[name] = check
	}
	apply(t, resource.TestStep{
		Config:            fake.Provider() + read("ssm_command", byID) + read("ssm_commands", `max_results = 5`),
		ConfigStateChecks: append(values("data.ssm_command.this", one), values("data.ssm_commands.this", many)...),
	})
}

// Members that are not in the response are null, and lists are empty.
func TestCommandNullAttributes(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script(fakeaws.Command{CommandID: command, SentAt: -60,
		Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web", "db"}}}, Invocations: []fakeaws.Invocation{{InstanceID: node}}}))
	apply(t, resource.TestStep{
		Config: fake.Provider() + read("ssm_command", byID),
		ConfigStateChecks: values("data.ssm_command.this", object{
			"comment": null, "instance_ids": rows(), "targets": rows(exactly(object{"key": is("tag:Role"), "values": texts("web", "db")})),
			"parameters": null, "status": is("Success"), "output_s3_bucket_name": null, "output_s3_key_prefix": null, "service_role_arn": null,
			"notification_config": null, "cloudwatch_output_config": null, "alarm_configuration": null, "triggered_alarms": rows(),
			"invoked_after": null, "most_recent": null, "wait_for_completion": null, "visibility_timeout": null, "require_success": null, "allow_missing": null,
		}),
	})
}

// A plan does not show parameters.
func TestParametersAreSensitive(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script(everything()))
	apply(t, resource.TestStep{
		Config:      fake.Provider() + read("ssm_command", byID) + acctest.Block("output", "parameters", "value = data.ssm_command.this.parameters"),
		ExpectError: wrapped("sensitive"),
	}, resource.TestStep{
		Config:      fake.Provider() + read("ssm_commands", "max_results = 1") + acctest.Block("output", "parameters", "value = data.ssm_commands.this.commands[0].parameters"),
		ExpectError: wrapped("sensitive"),
	})
}

func TestCommandWaits(t *testing.T) {
	t.Parallel()
	scripted := script(fakeaws.Command{CommandID: command, ListedAfter: 1, Invocations: []fakeaws.Invocation{
		{InstanceID: node, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 0, Status: "InProgress"}, {At: 3, Status: "Failed"}}}}},
	}})
	t.Run("until the end", func(t *testing.T) {
		t.Parallel()
		apply(t, resource.TestStep{
			Config:            acctest.Serve(t, scripted).Provider() + read("ssm_command", byID),
			ConfigStateChecks: values("data.ssm_command.this", object{"status": is("Failed"), "error_count": knownvalue.Int64Exact(1)}),
		})
	})
	t.Run("until it is visible", func(t *testing.T) {
		t.Parallel()
		slow := script(fakeaws.Command{CommandID: command, ListedAfter: 1, Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{running()}}}})
		apply(t, resource.TestStep{
			Config:             acctest.Serve(t, slow).Provider() + read("ssm_command", byID, "wait_for_completion = false"),
			ConfigStateChecks:  values("data.ssm_command.this", object{"status": is("InProgress"), "completed_count": knownvalue.Int64Exact(0)}),
			ExpectNonEmptyPlan: false,
		})
	})
	t.Run("within its time", func(t *testing.T) {
		t.Parallel()
		slow := script(fakeaws.Command{CommandID: command, Invocations: []fakeaws.Invocation{
			{InstanceID: node, Steps: []fakeaws.Step{running()}}, {InstanceID: otherNode}}})
		apply(t, resource.TestStep{
			Config: acctest.Serve(t, slow).Provider() + read("ssm_command", byID, `visibility_timeout = "1s"`, `timeouts { read = "2s" }`),
			ExpectError: wrapped("Command Invocation Still Running", "command "+command+" in Region us-east-1", "Last status of the command: InProgress", "complete on 1 of 2 nodes",
				"not a failure", "The command itself expires at"),
		})
	})
}

func TestCommandByComment(t *testing.T) {
	t.Parallel()
	older := fakeaws.Command{CommandID: otherCommand, Comment: "nightly", DocumentName: "Example-Other", SentAt: -3600}
	newer := fakeaws.Command{CommandID: command, Comment: "nightly", SentAt: -60}
	decoy := fakeaws.Command{CommandID: "33333333-3333-4333-8333-333333333333", Comment: "nightly ", SentAt: -30}
	fake := acctest.Serve(t, script(older, newer, decoy))
	found := func(id string, more object) []resource.TestStep {
		if more == nil {
			more = object{}
		}
		more["command_id"], more["comment"] = is(id), is("nightly")
		return []resource.TestStep{{ConfigStateChecks: values("data.ssm_command.this", more)}}
	}
	for name, c := range map[string]struct {
		arguments []string
		want      []resource.TestStep
	}{
		"the newest":       {[]string{"most_recent = true"}, found(command, nil)},
		"of a document":    {[]string{`document_name = "Example-Other"`}, found(otherCommand, object{"document_name": is("Example-Other")})},
		"sent after":       {[]string{`invoked_after = timeadd(plantimestamp(), "-10m")`}, found(command, object{"document_name": is("AWS-RunShellScript")})},
		"several is error": {nil, []resource.TestStep{{ExpectError: wrapped("Several Commands Found", `Found 2 commands for the command with comment "nightly" in Region`, command, otherCommand, "Example-Other", "most_recent")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := c.want[0]
			step.Config = fake.Provider() + read("ssm_command", append(c.arguments, `comment = "nightly"`)...)
			if name == "sent after" {
				step.Config = fake.Provider() + read("ssm_command", `comment = "nightly"`,
					fmt.Sprintf("invoked_after = %q", fake.Start().UTC().Add(-10*60e9).Format("2006-01-02T15:04:05.000Z07:00")))
			}
			apply(t, step)
		})
	}
}

func TestCommandNotFound(t *testing.T) {
	t.Parallel()
	soon := `visibility_timeout = "1s"`
	gone := script(fakeaws.Command{CommandID: command, Comment: "gone", Forgotten: true})
	denied := fakeaws.Fault{Operation: "ListCommandInvocations", Kind: fakeaws.AccessDenied, Times: -1}
	for name, c := range map[string]struct {
		script    fakeaws.Script
		arguments []string
		contains  []string // None if null values are expected.
	}{
		"id":                        {gone, []string{byID}, []string{"Command Not Found", "command " + command + " in Region us-east-1", "30 days", "allow_missing = true", "-refresh=false"}},
		"comment":                   {gone, []string{`comment = "gone"`}, []string{"Command Not Found", `the command with comment "gone" in Region us-east-1`, "exactly this comment", "30 days"}},
		"id, allowed":               {gone, []string{byID, "allow_missing = true", "require_success = true"}, nil},
		"comment, allowed":          {gone, []string{`comment = "gone"`, "allow_missing = true"}, nil},
		"allowed, without evidence": {struck(gone, denied), []string{byID, "allow_missing = true"}, []string{"Command Not Found", "could not call ListCommandInvocations", "allow_missing does not apply"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := acctest.Serve(t, c.script).Provider() + read("ssm_command", append(c.arguments, soon)...)
			if c.contains != nil {
				apply(t, resource.TestStep{Config: config, ExpectError: wrapped(c.contains...)})
				return
			}
			apply(t, resource.TestStep{Config: config, ConfigStateChecks: values("data.ssm_command.this", object{
				"status": null, "target_count": null, "instance_ids": null, "targets": null, "parameters": null, "requested_date_time": null,
				"notification_config": null, "alarm_configuration": null, "triggered_alarms": null, "output_s3_bucket_name": null, "region": is("us-east-1"),
			})})
		})
	}
}

func TestCommandRequireSuccess(t *testing.T) {
	t.Parallel()
	good := fakeaws.Invocation{InstanceID: node}
	bad := fakeaws.Invocation{InstanceID: otherNode, Steps: []fakeaws.Step{ended("Failed", "", "broken\n")}}
	late := fakeaws.Invocation{InstanceID: nodeNumber(1), Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 5, Status: "TimedOut", StatusDetails: "DeliveryTimedOut"}}}}}
	tagged := []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}
	for name, c := range map[string]struct {
		command  fakeaws.Command
		contains []string
	}{
		"every node": {fakeaws.Command{Invocations: []fakeaws.Invocation{good}}, nil},
		"one failed": {fakeaws.Command{Invocations: []fakeaws.Invocation{good, bad, late}},
			[]string{"Command Invocation Failed", "ended as Failed", "complete on 3 of 3 nodes. On 1 of them it failed", "1 reported no result", "ssm_command_invocations"}},
		"tolerated": {fakeaws.Command{MaxErrors: "1", Invocations: []fakeaws.Invocation{good, bad}},
			[]string{"Command Invocation Failed", "ended as Success", "complete on 2 of 2 nodes. On 1 of them it failed", `within max_errors ("1")`}},
		"no node": {fakeaws.Command{Targets: tagged}, []string{"Command Invocation Failed", "Success (NoInstancesInTag)", "No node matched"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.command.CommandID, c.command.SentAt = command, -60
			step := resource.TestStep{Config: acctest.Serve(t, script(c.command)).Provider() + read("ssm_command", byID, "require_success = true")}
			if c.contains != nil {
				step.ExpectError = wrapped(c.contains...)
			}
			apply(t, step)
		})
	}
}

// A complete command costs one request, by ID and by comment.
func TestCommandCostsOneRequest(t *testing.T) {
	t.Parallel()
	for _, by := range []string{byID, `comment = "deploy 4.2.0"`} {
		fake := acctest.Serve(t, script(everything()))
		acctest.NewWorkspace(t, fake.Provider()+read("ssm_command", by)).Succeed(t, "plan")
		if n := fake.Count(""); n != 1 || fake.Count("ListCommands") != 1 {
			t.Errorf("%s: %d requests, want one ListCommands", by, n)
		}
	}
}

// A read requests the command in its own Region, and keeps the argument.
func TestCommandInAnotherRegion(t *testing.T) {
	t.Parallel()
	elsewhere := everything()
	elsewhere.Region = "eu-central-1"
	s := script(elsewhere)
	s.Regions = []string{"us-east-1", "eu-central-1"}
	fake := acctest.Serve(t, s)
	there := `region = "eu-central-1"`
	apply(t, resource.TestStep{
		Config: fake.Provider() + read("ssm_command", byID, there) + read("ssm_commands", "max_results = 9", there) + read("ssm_command_invocations", byID, there),
		ConfigStateChecks: append(append(values("data.ssm_command.this", object{"region": is("eu-central-1"), "comment": is("deploy 4.2.0")}),
			values("data.ssm_commands.this", object{"region": is("eu-central-1"), "commands": knownvalue.ListSizeExact(1)})...),
			values("data.ssm_command_invocations.this", object{"region": is("eu-central-1"), "invocations": knownvalue.ListSizeExact(2)})...),
		ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
	})
}
