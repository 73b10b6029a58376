// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestWaits: not visible, then running, then ended, and its output later still, all while one plan runs.
func TestWaits(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, "") // Before the script's clock starts.
	fake := acctest.Serve(t, fakeaws.Script{
		Commands: []fakeaws.Command{{CommandID: command, Invocations: []fakeaws.Invocation{{
			InstanceID: node,
			Steps: []fakeaws.Step{{
				Timeline: []fakeaws.Moment{
					{At: 0, Status: "InProgress"}, {At: 4, Status: "Pending", StatusDetails: "Delayed"}, {At: 5, Status: "InProgress"}, {At: 6, Status: "Success"},
				},
				StandardOutput: "here at last\n", OutputLag: 0.5,
			}},
		}}}},
		Faults: []fakeaws.Fault{{Operation: "GetCommandInvocation", Kind: fakeaws.DoesNotExist, Times: 2}},
	})
	w.Write(t, "main.tf", fake.Provider()+acctest.Invocation(command, node)+output("content", "standard_output_content"))
	w.Succeed(t, "plan", "-out=plan")
	if got := answers(fake)["200"]; got < 2 {
		t.Errorf("%d answers: it cannot have waited", got)
	}
	w.Succeed(t, "apply", "plan")
	if got := w.Outputs(t)["content"]; got != "here at last\n" {
		t.Errorf("content = %q", got)
	}
	if got := answers(fake)["InvocationDoesNotExist"]; got != 2 {
		t.Errorf("%d times it did not exist", got)
	}
}

// TestWaitForCompletionFalse waits for the invocation to be visible, and for no more.
func TestWaitForCompletionFalse(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, struck(sent(running()), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.DoesNotExist, Times: 2}))
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node, "wait_for_completion = false")+output("status", "status"))
	w.Succeed(t, "apply", "-auto-approve")
	if got := w.Outputs(t)["status"]; got != "InProgress" {
		t.Errorf("status = %v", got)
	}
	if diff := cmp.Diff(map[string]int{"InvocationDoesNotExist": 2, "200": 1}, answers(fake)); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// answers counts the responses of the fake by status or error code.
func answers(s *acctest.Fake) map[string]int {
	n := map[string]int{}
	for _, r := range s.Requests() {
		n[r.Answer]++
	}
	return n
}

// TestVisibilityTimeout checks how long a read polls for a command that does not exist.
func TestVisibilityTimeout(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, fakeaws.Script{})
	planConfig(t, fake.Provider()+acctest.Invocation(command, node, `visibility_timeout = "2s"`)).One(t, "error", "Command Invocation Not Found")
	requests := fake.Requests()
	if took := requests[len(requests)-1].At.Sub(requests[0].At); took < 2*time.Second || took > 5*time.Second {
		t.Errorf("it was looked for during %s", took)
	}
}

// TestRegion: the read's region signs, the URL stays; without one it is the provider's.
func TestRegion(t *testing.T) {
	t.Parallel()
	s := sent(ended("Success", "from afar\n", ""))
	s.Regions, s.Commands[0].Region = []string{"us-east-1", "eu-west-1"}, "eu-west-1"
	fake := acctest.Serve(t, s)
	apply(t, resource.TestStep{
		Config: fake.Provider() + acctest.Invocation(command, node, `region = "eu-west-1"`),
		ConfigStateChecks: values(this, map[string]knownvalue.Check{
			"standard_output_content": is("from afar\n"), "region": is("eu-west-1"),
		}),
	})
	for _, r := range fake.Requests() {
		if r.Region != "eu-west-1" || !strings.HasSuffix(fake.URL, r.Host) {
			t.Fatalf("a request was signed for %q and sent to %s", r.Region, r.Host)
		}
	}
	if fake.Count("GetCommandInvocation") == 0 {
		t.Error("nothing was asked")
	}
}

// TestAllowMissing: null values, with neither error nor warning, and the other commands are read as ever.
func TestAllowMissing(t *testing.T) {
	t.Parallel()
	s := sent(ended("Success", "there\n", ""))
	s.Commands = append(s.Commands, fakeaws.Command{CommandID: otherCommand, SentAt: -60, Forgotten: true})
	fake := acctest.Serve(t, s)
	w := acctest.NewWorkspace(t, fake.Provider()+
		`data "ssm_command_invocation" "this" {
  for_each      = toset(["`+command+`", "`+otherCommand+`"])
  command_id    = each.value
  instance_id   = "`+node+`"
  allow_missing = true
  `+atOnce+`
}
output "contents" {
  value = { for id, read in data.ssm_command_invocation.this : id => read.standard_output_content }
}`)
	if found := w.Succeed(t, "apply", "-auto-approve", "-json").Diagnostics(t); len(found) > 0 {
		t.Errorf("diagnostics %+v", found)
	}
	got, ok := w.Outputs(t)["contents"].(map[string]any)
	if !ok || got[command] != "there\n" || got[otherCommand] != nil || len(got) != 2 {
		t.Errorf("contents %v", got)
	}
}

// TestForEach: one data source for each node, and exactly one request for each settled invocation.
func TestForEach(t *testing.T) {
	t.Parallel()
	const nodes = 200
	s := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, SentAt: -60}}}
	for i := range nodes {
		s.Commands[0].Invocations = append(s.Commands[0].Invocations, fakeaws.Invocation{
			InstanceID: nodeNumber(i), Steps: []fakeaws.Step{ended("Success", "on "+nodeNumber(i), "")},
		})
	}
	fake := acctest.Serve(t, s)
	w := acctest.NewWorkspace(t, fake.Provider()+`
data "ssm_command_invocation" "each" {
  for_each    = toset([for i in range(200) : format("i-%017d", i)])
  command_id  = "`+command+`"
  instance_id = each.value
}
output "right" {
  value = [for node, read in data.ssm_command_invocation.each : node if read.standard_output_content == "on ${node}"]
}`)
	w.Succeed(t, "plan", "-out=plan")
	if all, asked := fake.Count(""), fake.Count("GetCommandInvocation"); all != nodes || asked != nodes {
		t.Errorf("%d requests, %d of them GetCommandInvocation, want %d", all, asked, nodes)
	}
	w.Succeed(t, "apply", "plan")
	right, _ := w.Outputs(t)["right"].([]any)
	if len(right) != nodes || !slices.Contains(right, any(nodeNumber(nodes-1))) {
		t.Errorf("%d of %d nodes have their own output", len(right), nodes)
	}
	if n := fake.Count(""); n != nodes {
		t.Errorf("%d requests after applying the plan, want no more than its %d", n, nodes)
	}
}

// TestSettledCostsOneRequest: output that is empty is looked at twice only where the read saw the step end.
func TestSettledCostsOneRequest(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "", "")))
	acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node)).Succeed(t, "plan")
	if n := fake.Count(""); n != 1 {
		t.Errorf("%d requests", n)
	}
}
