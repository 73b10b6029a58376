// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const fleet = "data.ssm_command_invocations.this"

// ids checks that the data source has the invocations of these nodes, in this order.
func ids(nodes ...string) statecheck.StateCheck {
	var want []knownvalue.Check
	for _, n := range nodes {
		want = append(want, knownvalue.ObjectPartial(object{"instance_id": is(n)}))
	}
	return statecheck.ExpectKnownValue(fleet, tfjsonpath.New("invocations"), rows(want...))
}

func TestInvocationsAttributes(t *testing.T) {
	t.Parallel()
	c := everything()
	c.Invocations[0].Steps = []fakeaws.Step{named("second", ended("Success", "fine\n", "careful\n")), named("first", ended("Success", "", ""))}
	c.Invocations[1] = fakeaws.Invocation{InstanceID: otherNode, Steps: []fakeaws.Step{ended("Failed", "", "broken\n")}}
	c.TriggeredAlarms = nil
	fake := acctest.Serve(t, script(c))
	url := func(node, path string) knownvalue.Check {
		return is("https://s3.eu-central-1.amazonaws.com/logs/run/" + command + "/" + node + "/awsrunShellScript/" + path)
	}
	prefix := func(node string) knownvalue.Check {
		return is("run/" + command + "/" + node + "/awsrunShellScript")
	}
	row := func(more object) knownvalue.Check {
		all := object{
			"command_id": is(command), "comment": is("deploy 4.2.0"), "document_name": is("Example-Deploy"), "document_version": is("3"),
			"requested_date_time": at(fake, -60.5+0.095), "trace_output": null, "service_role_arn": is("arn:aws:iam::123456789012:role/notify"),
			"notification_config": exactly(object{"notification_arn": is("arn:aws:sns:us-east-1:123456789012:ssm"),
				"notification_events": texts("Success", "Failed"), "notification_type": is("Command")}),
			"cloudwatch_output_config": exactly(object{"cloudwatch_log_group_name": is("/aws/ssm/Example-Deploy"), "cloudwatch_output_enabled": knownvalue.Bool(true)}),
		}
		for name, check := range more {
			all[name] = check
		}
		return exactly(all)
	}
	step := func(more object) knownvalue.Check {
		all := object{
			"response_start_date_time": at(fake, -59.5), "response_finish_date_time": at(fake, -56.325),
			"output_truncated": knownvalue.Bool(false), "output_s3_bucket_name": is("logs"), "output_s3_region": is("eu-central-1"),
		}
		for name, check := range more {
			all[name] = check
		}
		return exactly(all)
	}
	apply(t, resource.TestStep{
		Config: fake.Provider() + read("ssm_command_invocations", byID),
		ConfigStateChecks: values(fleet, object{"region": is("us-east-1"), "invocations": rows(
			row(object{
				"instance_id": is(node), "instance_name": is("web-1"), "status": is("Success"), "status_details": is("Success"),
				"standard_output_url": null, "standard_error_url": null,
				"command_plugins": rows(
					step(object{"name": is("second"), "status": is("Success"), "status_details": is("Success"), "response_code": knownvalue.Int64Exact(0),
						"output":              is("fine\n\n----------ERROR-------\ncareful\n"),
						"standard_output_url": url(node, "second/stdout"), "standard_error_url": url(node, "second/stderr"), "output_s3_key_prefix": prefix(node)}),
					step(object{"name": is("first"), "status": is("Success"), "status_details": is("Success"), "response_code": knownvalue.Int64Exact(0), "output": is(""),
						"standard_output_url": url(node, "first/stdout"), "standard_error_url": url(node, "first/stderr"), "output_s3_key_prefix": prefix(node)}),
				),
			}),
			row(object{
				"instance_id": is(otherNode), "instance_name": null, "status": is("Failed"), "status_details": is("Failed"),
				"standard_output_url": url(otherNode, "0.awsrunShellScript/stdout"), "standard_error_url": url(otherNode, "0.awsrunShellScript/stderr"),
				"command_plugins": rows(step(object{"name": is(shell), "status": is("Failed"), "status_details": is("Failed"), "response_code": knownvalue.Int64Exact(1),
					"output":              knownvalue.StringRegexp(wrapped("ERROR", "broken")),
					"standard_output_url": url(otherNode, "0.awsrunShellScript/stdout"), "standard_error_url": url(otherNode, "0.awsrunShellScript/stderr"),
					"output_s3_key_prefix": prefix(otherNode)})),
			}),
		)}),
	})
}

// While an invocation is in progress, output that is still to come is null.
func TestInvocationsInProgress(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(named("first", ended("Success", "done\n", "")), named("second", running())))
	apply(t, resource.TestStep{
		Config: fake.Provider() + read("ssm_command_invocations", byID, "wait_for_completion = false"),
		ConfigStateChecks: values(fleet, object{"invocations": rows(knownvalue.ObjectPartial(object{
			"status": is("InProgress"), "notification_config": null, "cloudwatch_output_config": null, "comment": null, "standard_output_url": null,
			"command_plugins": rows(
				knownvalue.ObjectPartial(object{"name": is("first"), "output": is("done\n"), "output_truncated": knownvalue.Bool(false)}),
				knownvalue.ObjectPartial(object{"name": is("second"), "output": null, "output_truncated": null, "response_code": knownvalue.Int64Exact(-1),
					"response_start_date_time": null, "response_finish_date_time": null, "output_s3_bucket_name": null})),
		}))}),
	})
}

// Each argument, with two commands on two nodes.
func TestInvocationsArguments(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script(
		fakeaws.Command{CommandID: command, SentAt: -60, Invocations: []fakeaws.Invocation{
			{InstanceID: otherNode, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 1, Status: "TimedOut", StatusDetails: "ExecutionTimedOut"}}}}}, {InstanceID: node}}},
		fakeaws.Command{CommandID: otherCommand, DocumentName: "Example-Other", SentAt: -3600, Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{running()}}}},
	))
	then := func(s fakeaws.Seconds) string {
		return `"` + fake.Start().Add(s.Duration()).UTC().Format("2006-01-02T15:04:05Z07:00") + `"`
	}
	for name, c := range map[string]struct {
		arguments []string
		want      []string
	}{
		"command":                    {[]string{byID}, []string{node, otherNode}},
		"command and node":           {[]string{byID, `instance_id = "` + node + `"`}, []string{node}},
		"command and status":         {[]string{byID, `status = "Success"`}, []string{node}},
		"command and details":        {[]string{byID, `status = "ExecutionTimedOut"`}, []string{otherNode}},
		"command and both timeouts":  {[]string{byID, `status = "TimedOut"`}, []string{otherNode}},
		"command and other document": {[]string{byID, `document_name = "Example-Other"`}, nil},
		"command, too early":         {[]string{byID, "invoked_before = " + then(-600)}, nil},
		"node":                       {[]string{`instance_id = "` + node + `"`}, []string{node, node}},
		"status":                     {[]string{`status = "InProgress"`}, []string{node}},
		"document":                   {[]string{`document_name = "Example-Other"`}, []string{node}},
		"after":                      {[]string{"invoked_after = " + then(-600)}, []string{node, otherNode}},
		"before":                     {[]string{"invoked_before = " + then(-600)}, []string{node}},
		"without waiting, explicit":  {[]string{`status = "InProgress"`, "wait_for_completion = false"}, []string{node}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apply(t, resource.TestStep{
				Config:            fake.Provider() + read("ssm_command_invocations", c.arguments...),
				ConfigStateChecks: []statecheck.StateCheck{ids(c.want...)},
			})
		})
	}
}

func TestInvocationsWithoutPlugins(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "long\n", "")))
	apply(t, resource.TestStep{
		Config:            fake.Provider() + read("ssm_command_invocations", byID, "include_plugins = false"),
		ConfigStateChecks: values(fleet, object{"invocations": rows(knownvalue.ObjectPartial(object{"command_plugins": rows()}))}),
	})
	for _, r := range fake.Requests() {
		if r.Operation == "ListCommandInvocations" && r.Details {
			t.Error("the steps were requested")
		}
	}
}

// A command sent by tag has no nodes at first, and gets them one by one.
func TestInvocationsThatResolveLate(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script(fakeaws.Command{CommandID: command, ResolvedAfter: 1.5, Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}},
		Invocations: []fakeaws.Invocation{
			{InstanceID: otherNode, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 2, Status: "Success"}}}}},
			{InstanceID: node, VisibleAfter: 3, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 4, Status: "Failed"}}}}},
		}}))
	apply(t, resource.TestStep{
		Config:            fake.Provider() + read("ssm_command_invocations", byID),
		ConfigStateChecks: []statecheck.StateCheck{ids(node, otherNode)},
	})
}

func TestNoNodeMatched(t *testing.T) {
	t.Parallel()
	unmatched := script(fakeaws.Command{CommandID: command, SentAt: -60, Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"wbe"}}}})
	w := acctest.NewWorkspace(t, acctest.Serve(t, unmatched).Provider()+read("ssm_command_invocations", byID)+acctest.Block("output", "rows", "value = "+fleet+".invocations"))
	w.Succeed(t, "plan", "-json").One(t, "warning", "No Node Matched").Contains(t, "command "+command+" in Region us-east-1", "tags")
	w.Succeed(t, "apply", "-auto-approve")
	if got, ok := w.Outputs(t)["rows"].([]any); !ok || len(got) != 0 {
		t.Errorf("%v", w.Outputs(t))
	}
	w = acctest.NewWorkspace(t, acctest.Serve(t, unmatched).Provider()+read("ssm_command_invocations", byID, "require_success = true"))
	w.Run(t, "plan", "-json").One(t, "error", "Command Invocation Failed").Contains(t, "No node matched")
}

func TestInvocationsNotFound(t *testing.T) {
	t.Parallel()
	soon := `visibility_timeout = "1s"`
	w := acctest.NewWorkspace(t, acctest.Serve(t, script()).Provider()+read("ssm_command_invocations", byID, soon))
	d := w.Run(t, "plan", "-json").One(t, "error", "Command Not Found")
	d.Contains(t, "the invocations of command "+command+" in Region us-east-1", "30 days", "-refresh=false")
	w = acctest.NewWorkspace(t, acctest.Serve(t, sent(running())).Provider()+read("ssm_command_invocations", byID, soon, `instance_id = "`+otherNode+`"`))
	w.Run(t, "plan", "-json").One(t, "error", "Command Invocation Not Found").Contains(t, "command "+command+" on node "+otherNode, "was sent to "+node)
}

// Without a command, a list without entries is a result.
func TestFilterWithoutMatch(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, script())
	apply(t, resource.TestStep{
		Config:            fake.Provider() + read("ssm_command_invocations", `status = "Failed"`) + read("ssm_commands", `status = "Failed"`),
		ConfigStateChecks: append(values(fleet, object{"invocations": rows()}), values("data.ssm_commands.this", object{"commands": rows()})...),
	})
}

// The same entries in another order show no change in a second plan. The fake lists nodes in the
// order of its script.
func TestOrderIsStable(t *testing.T) {
	t.Parallel()
	forth, back := everything(), everything()
	back.InstanceIDs = []string{node, otherNode}
	back.Invocations[0], back.Invocations[1] = back.Invocations[1], back.Invocations[0]
	config := read("ssm_command", byID) + read("ssm_command_invocations", byID)
	var states []string
	for _, c := range []fakeaws.Command{forth, back} {
		c.SentAt = 0
		c.Invocations[0].Steps, c.Invocations[1].Steps = nil, nil
		fake := acctest.Serve(t, script(c))
		w := acctest.NewWorkspace(t, fake.Provider()+config+
			"output \"all\" {\n  value = sha1(jsonencode([data.ssm_command.this.instance_ids, [for i in "+fleet+".invocations : [i.instance_id, i.status]]]))\n}\n")
		w.Succeed(t, "apply", "-auto-approve")
		states = append(states, w.Outputs(t)["all"].(string))
	}
	if states[0] != states[1] {
		t.Errorf("%v differ", states)
	}
}

// Without command_id the list does not wait: wait_for_completion = false is no error, and
// visibility_timeout has no effect.
func TestListWithoutCommandDoesNotWait(t *testing.T) {
	t.Parallel()
	server := acctest.Serve(t, script())
	w := acctest.NewWorkspace(t, server.Provider()+read("ssm_command_invocations", `instance_id = "`+node+`"`,
		"wait_for_completion = false", `visibility_timeout = "1h"`))
	w.Succeed(t, "plan")
	if n := server.Count(""); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}
