// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A refresh of a command that is not complete makes one request, and stores the results once it is.
// After that, a refresh makes none.
func TestRead(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(runs(4)), command(`wait_for_completion = false`))
	s.apply(t)
	values, _ := s.attributes(t)
	if status := values["status"]; status != "Pending" && status != "InProgress" {
		t.Errorf("status = %v, want one that is not complete", status)
	}
	if got := at(t, values, "invocations", web, "status"); got != nil {
		t.Errorf("the status on the node is %v, want null", got)
	}
	before := s.requests("")
	if s.plan(t) {
		t.Error("a plan while the command runs has changes")
	}
	if n := s.requests("") - before; n != 1 || s.requests("ListCommands") == 0 {
		t.Errorf("a refresh of a running command made %d requests, want one ListCommands", n)
	}
	time.Sleep(4 * time.Second)
	s.apply(t, "-refresh-only")
	values, _ = s.attributes(t)
	if values["status"] != "Success" || at(t, values, "invocations", web, "standard_output_content") != "done" {
		t.Errorf("state after the refresh: %v", values)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("a plan after the refresh has changes")
		}
	})
}

// A refresh that cannot read keeps what is stored, and warns.
func TestReadFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakeaws.Fault{
		"denied":    {Operation: "ListCommands", Kind: fakeaws.AccessDenied, Times: -1},
		"throttled": {Operation: "ListCommands", Kind: fakeaws.Throttle, Times: -1},
		"expired":   {Operation: "ListCommands", Kind: fakeaws.ExpiredToken, Times: -1},
		"down":      {Operation: "ListCommands", Kind: fakeaws.HTML503, Times: -1},
		"empty":     {Operation: "ListCommands", Kind: fakeaws.Empty200, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, struck(nodes(runs(600)), fault), command(`wait_for_completion = false`))
			s.apply(t)
			before, _ := s.attributes(t)
			r := s.Succeed(t, "apply", "-json", "-auto-approve", "-refresh-only")
			r.One(t, "warning", "Command Status Not Read").Contains(t, before["command_id"].(string))
			after, _ := s.attributes(t)
			if after["command_id"] != before["command_id"] || after["status"] != before["status"] {
				t.Errorf("state: %v, want %v", after, before)
			}
		})
	}
}

// The output of a complete command is read later if it could not be at first.
func TestResultsAreReadLater(t *testing.T) {
	t.Parallel()
	s := newStack(t, struck(nodes(prints("late")), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.AccessDenied, Times: 1}), command())
	s.fail(t).One(t, "error", "Access Denied").Contains(t, "ssm:GetCommandInvocation")
	values, tainted := s.attributes(t)
	if !tainted || values["status"] != "Success" || at(t, values, "invocations", web, "standard_output_content") != nil {
		t.Errorf("tainted: %v, state: %v", tainted, values)
	}
	s.Succeed(t, "untaint", this)
	s.apply(t)
	values, _ = s.attributes(t)
	if got := at(t, values, "invocations", web, "standard_output_content"); got != "late" {
		t.Errorf("output = %v, want late", got)
	}
	if n := len(s.Sends()); n != 1 {
		t.Errorf("%d commands were sent, want 1", n)
	}
	s.quiet(t, func() { s.plan(t) })
}

// TestPlanAfterHistory plans with a state that is 31 days old. Complete or not, the plan makes no
// request and has no changes.
func TestPlanAfterHistory(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{"complete": nil, "not complete": {`wait_for_completion = false`}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, nodes(runs(1)), command(arguments...))
			s.apply(t)
			state := s.Succeed(t, "state", "pull").Stdout
			old := time.Now().Add(-31 * 24 * time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
			aged := regexp.MustCompile(`"requested_date_time":( ?)"[^"]*"`).ReplaceAllString(state, `"requested_date_time":$1"`+old+`"`)
			if aged == state {
				t.Fatal("the state has no requested_date_time")
			}
			s.Write(t, "terraform.tfstate", aged)
			s.quiet(t, func() {
				if s.plan(t) {
					t.Error("the plan has changes")
				}
				s.apply(t)
				s.apply(t, "-refresh-only")
			})
			if n := len(s.Sends()); n != 1 {
				t.Errorf("%d commands were sent, want 1", n)
			}
		})
	}
}

// With an unknown provider configuration a refresh cannot read, and keeps the state.
func TestReadWithoutProvider(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	s := newStack(t, nodes(runs(600)), command(`wait_for_completion = false`))
	s.apply(t)
	s.Write(t, "main.tf", strings.Replace(s.Provider(), `region = "us-east-1"`, `region = terraform_data.region.output`, 1)+
		"resource \"terraform_data\" \"region\" { input = \"us-east-1\" }\n"+command(`wait_for_completion = false`))
	r := s.Succeed(t, "plan", "-json")
	r.One(t, "warning", "Command Status Not Read")
}

// A refresh that cannot read the output keeps what was stored of it.
func TestReadKeepsOutput(t *testing.T) {
	t.Parallel()
	script := struck(nodes(prints("the output")),
		fakeaws.Fault{Operation: "GetCommandInvocation", InstanceID: db, Kind: fakeaws.AccessDenied, Times: -1, Delay: 1},
		fakeaws.Fault{Operation: "GetCommandInvocation", InstanceID: web, Kind: fakeaws.AccessDenied, Times: -1, Skip: 1},
	)
	s := newStack(t, script, command(`instance_ids = ["`+web+`", "`+db+`"]`))
	s.fail(t).One(t, "error", "Access Denied")
	s.Succeed(t, "untaint", this)
	for range 2 {
		values, _ := s.attributes(t)
		if got := at(t, values, "invocations", web, "standard_output_content"); got != "the output" || at(t, values, "invocations", db, "status") != "Success" {
			t.Errorf("invocations: %v", values["invocations"])
		}
		s.Succeed(t, "apply", "-json", "-auto-approve", "-refresh-only").One(t, "warning", "Command Status Not Read")
	}
}
