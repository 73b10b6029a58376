// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the real CLI, Terraform or OpenTofu, with the provider and the fake
// of the API.
//
// Deliberately not tested here:
//
//   - Long waits, the polling schedule, and each response of the service: package runcommand does, in
//     virtual time, where an hour takes milliseconds.
//   - The sources of credentials and the provider block: packages provider and awsclient.
//   - Step Not Reported, and an endpoint that refuses connections for a minute: package runcommand
//     tests both in virtual time, because each takes a minute.
//   - Invalid Credentials and Region Needed in all variants: package provider. One of each is here.
//   - Windows and its Ctrl-C: the interrupt tests are for Unix, where a signal can be sent to a
//     process group.
//   - The text of the CLI around a diagnostic, which differs between versions.
package datasource_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	command      = "11111111-1111-4111-8111-111111111111"
	otherCommand = "22222222-2222-4222-8222-222222222222"
	node         = "i-0aaaaaaaaaaaaaaaa"
	otherNode    = "mi-0bbbbbbbbbbbbbbbb"
	shell        = "aws:runShellScript"
	this         = "data.ssm_command_invocation.this"
)

// sent is a script of one command, sent a minute ago to one node. Times of its steps count from
// then.
func sent(steps ...fakeaws.Step) fakeaws.Script {
	return fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID: command, SentAt: -60,
		Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: steps}},
	}}}
}

// ended is a step that ran for three seconds and ended before the test.
func ended(status, stdout, stderr string) fakeaws.Step {
	return fakeaws.Step{
		Timeline:       []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 4.175, Status: status}},
		StandardOutput: stdout, StandardError: stderr,
	}
}

// running is a step that started and runs longer than any test.
func running() fakeaws.Step {
	return fakeaws.Step{Timeline: []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 36000, Status: "Success"}}}
}

// named names a step, as documents with schema version 2.x do.
func named(name string, s fakeaws.Step) fakeaws.Step {
	s.Name = name
	return s
}

// struck is a script with faults.
func struck(s fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	s.Faults = faults
	return s
}

// apply runs plan, apply, a second plan, and destroy with each configuration, with the provider in
// this process.
func apply(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
}

// values checks attributes of a data source in state.
func values(address string, want map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, value := range want {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value))
	}
	return checks
}

// Short names for frequent checks.
var (
	null = knownvalue.Null()
	is   = knownvalue.StringExact
)

// output returns an output block with an attribute of the data source.
func output(name, attribute string) string {
	return acctest.Block("output", name, "value = "+this+"."+attribute)
}

// nodeNumber is the ID of one of many nodes.
func nodeNumber(i int) string { return fmt.Sprintf("i-%017d", i) }

// wrapped matches an error on a terminal, which wraps lines anywhere.
func wrapped(phrases ...string) *regexp.Regexp {
	for i, phrase := range phrases {
		phrases[i] = strings.ReplaceAll(regexp.QuoteMeta(phrase), " ", `\s+`)
	}
	return regexp.MustCompile(`(?s)` + strings.Join(phrases, ".*"))
}

// noRequest is a plan check that no request was made.
type noRequest struct{ fake *acctest.Fake }

// CheckPlan counts the requests to the fake and ignores the plan.
func (n noRequest) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	if count := n.fake.Count(""); count > 0 {
		resp.Error = fmt.Errorf("%d requests during the plan", count)
	}
}

// read returns a data block named "this".
func read(kind string, arguments ...string) string {
	config := fmt.Sprintf("data %q \"this\" {\n", kind)
	for _, a := range arguments {
		config += "  " + a + "\n"
	}
	return config + "}\n\n"
}

const byID = `command_id = "` + command + `"`

// everything is a command with a value in every member of the API.
func everything() fakeaws.Command {
	return fakeaws.Command{
		CommandID: command, Comment: "deploy 4.2.0", DocumentName: "Example-Deploy", DocumentVersion: "3", SentAt: -60.5,
		TimeoutSeconds: 600, Parameters: map[string][]string{"commands": {"uname -r", "id"}, "password": {"hunter2"}},
		InstanceIDs: []string{otherNode, node}, MaxConcurrency: "10%", MaxErrors: "1",
		OutputS3BucketName: "logs", OutputS3KeyPrefix: "run", OutputS3Region: "eu-central-1", ServiceRole: "arn:aws:iam::123456789012:role/notify",
		NotificationConfig:     fakeaws.NotificationConfig{NotificationARN: "arn:aws:sns:us-east-1:123456789012:ssm", NotificationEvents: []string{"Success", "Failed"}, NotificationType: "Command"},
		CloudWatchOutputConfig: fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true},
		AlarmConfiguration:     fakeaws.AlarmConfiguration{Alarms: []string{"errors"}, IgnorePollAlarmFailure: true},
		TriggeredAlarms:        []fakeaws.TriggeredAlarm{{Name: "errors", State: "ALARM"}},
		Invocations: []fakeaws.Invocation{
			{InstanceID: node, InstanceName: "web-1", Steps: []fakeaws.Step{ended("Success", "fine\n", "")}},
			{InstanceID: otherNode, Steps: []fakeaws.Step{ended("Failed", "", "")}, Status: "Failed", StatusDetails: "Terminated"},
		},
	}
}

func script(commands ...fakeaws.Command) fakeaws.Script { return fakeaws.Script{Commands: commands} }

// at is a time of the fake, in the form of the data sources.
func at(fake *acctest.Fake, s fakeaws.Seconds) knownvalue.Check {
	return is(fake.Start().Add(s.Duration()).UTC().Format("2006-01-02T15:04:05.000Z"))
}

func rows(of ...knownvalue.Check) knownvalue.Check { return knownvalue.ListExact(of) }

func texts(of ...string) knownvalue.Check {
	var checks []knownvalue.Check
	for _, s := range of {
		checks = append(checks, is(s))
	}
	return rows(checks...)
}

type object = map[string]knownvalue.Check

func exactly(of object) knownvalue.Check { return knownvalue.ObjectExact(of) }

// nodes is a script of a command on n nodes.
func nodes(n int, of func(i int) fakeaws.Invocation) fakeaws.Script {
	many := make([]fakeaws.Invocation, n)
	for i := range many {
		many[i] = of(i)
	}
	return fleetOf(many...)
}

func steps(of ...fakeaws.Step) fakeaws.Invocation { return fakeaws.Invocation{Steps: of} }
