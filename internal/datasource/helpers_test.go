// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the real CLI, Terraform or OpenTofu, with the provider and a fake of the service.
//
// Deliberately not tested here:
//
//   - Long waits, the polling schedule, and each row of how the service behaves: package runcommand tests them in virtual
//     time, where an hour takes milliseconds. Nothing here waits longer than it must.
//   - Where credentials come from and what the provider block means: packages provider and awsclient.
//   - Step Not Reported, and the endpoint that refuses connections for a minute: each takes a minute on the clock of the
//     wall; package runcommand tests both in virtual time.
//   - Invalid Credentials and Region Needed of the provider block in all their variants: package provider. One of each is
//     here, to see that they reach the user.
//   - Windows and its Ctrl-C: the interrupt tests are for Unix, where a signal can be sent to a group of processes.
//   - The text of the CLI around a diagnostic, which differs from version to version.
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

// sent is a script of one command, sent a minute ago to one node. Times of its steps count from then.
func sent(steps ...fakeaws.Step) fakeaws.Script {
	return fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID: command, SentAt: -60,
		Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: steps}},
	}}}
}

// ended is a step that ran for three seconds and was over long ago.
func ended(status, stdout, stderr string) fakeaws.Step {
	return fakeaws.Step{
		Timeline:       []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 4.175, Status: status}},
		StandardOutput: stdout, StandardError: stderr,
	}
}

// running is a step that has begun and goes on for longer than any test.
func running() fakeaws.Step {
	return fakeaws.Step{Timeline: []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 36000, Status: "Success"}}}
}

// named gives a step a name, as steps of documents of schema 2.x have one.
func named(name string, s fakeaws.Step) fakeaws.Step {
	s.Name = name
	return s
}

// struck is a script with faults.
func struck(s fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	s.Faults = faults
	return s
}

// apply runs plan, apply, a second plan and destroy over the configurations, one after the other, with the provider in
// this process.
func apply(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
}

// values wants these attributes of a data source in state.
func values(address string, want map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, value := range want {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), value))
	}
	return checks
}

// Shorter names for what is said most often.
var (
	null = knownvalue.Null()
	is   = knownvalue.StringExact
)

// output writes an output of the data source's attribute.
func output(name, attribute string) string {
	return acctest.Block("output", name, "value = "+this+"."+attribute)
}

// nodeNumber is the id of one of many nodes.
func nodeNumber(i int) string { return fmt.Sprintf("i-%017d", i) }

// wrapped matches an error that a terminal shows, where phrases are broken into lines anywhere.
func wrapped(phrases ...string) *regexp.Regexp {
	for i, phrase := range phrases {
		phrases[i] = strings.ReplaceAll(regexp.QuoteMeta(phrase), " ", `\s+`)
	}
	return regexp.MustCompile(`(?s)` + strings.Join(phrases, ".*"))
}

// noRequest is a plan check: nothing was asked so far.
type noRequest struct{ fake *acctest.Fake }

// CheckPlan counts the requests to the fake and ignores the plan.
func (n noRequest) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	if count := n.fake.Count(""); count > 0 {
		resp.Error = fmt.Errorf("%d requests during the plan", count)
	}
}
