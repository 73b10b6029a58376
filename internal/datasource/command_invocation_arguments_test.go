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

// One plan waits while the invocation is not visible, while the step runs, and while its output is
// late.
func TestWaitForCompletion(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorkspace(t, "") // Before the fake starts.
	fake := acctest.Serve(t, fakeaws.Script{
		Commands: []fakeaws.Command{{CommandID: command, Invocations: []fakeaws.Invocation{{
			InstanceID: node,
			Steps: []fakeaws.Step{{
				Timeline: []fakeaws.Moment{
					{At: 0, Status: "InProgress"}, {At: 4, Status: "Pending", StatusDetails: "Delayed"}, {At: 5, Status: "InProgress"}, {At: 6, Status: "Success"},
				},
				StandardOutput: "late output\n", OutputLag: 0.5,
			}},
		}}}},
		Faults: []fakeaws.Fault{{Operation: "GetCommandInvocation", Kind: fakeaws.DoesNotExist, Times: 2}},
	})
	w.Write(t, "main.tf", fake.Provider()+acctest.Invocation(command, node)+output("content", "standard_output_content"))
	w.Succeed(t, "plan", "-out=plan")
	if got := countResponses(fake)["200"]; got < 2 {
		t.Errorf("%d responses: the read did not wait", got)
	}
	w.Succeed(t, "apply", "plan")
	if got := w.Outputs(t)["content"]; got != "late output\n" {
		t.Errorf("content = %q", got)
	}
	if got := countResponses(fake)["InvocationDoesNotExist"]; got != 2 {
		t.Errorf("%d responses InvocationDoesNotExist, want 2", got)
	}
}

// The read waits until the invocation is visible, and not longer.
func TestWaitForCompletionFalse(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, struck(sent(running()), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.DoesNotExist, Times: 2}))
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node, "wait_for_completion = false")+output("status", "status"))
	w.Succeed(t, "apply", "-auto-approve")
	if got := w.Outputs(t)["status"]; got != "InProgress" {
		t.Errorf("status = %v", got)
	}
	if diff := cmp.Diff(map[string]int{"InvocationDoesNotExist": 2, "200": 1}, countResponses(fake)); diff != "" {
		t.Errorf("responses (-want +got):\n%s", diff)
	}
}

// countResponses counts the responses of the fake by status or error code.
func countResponses(s *acctest.Fake) map[string]int {
	n := map[string]int{}
	for _, r := range s.Requests() {
		n[r.Outcome]++
	}
	return n
}

// A command that does not exist is retried for the visibility timeout.
func TestVisibilityTimeout(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, fakeaws.Script{})
	planConfig(t, fake.Provider()+acctest.Invocation(command, node, `visibility_timeout = "2s"`)).One(t, "error", "Command Invocation Not Found")
	requests := fake.Requests()
	if took := requests[len(requests)-1].At.Sub(requests[0].At); took < 2*time.Second || took > 5*time.Second {
		t.Errorf("the read retried for %s", took)
	}
}

// The Region of the read signs the request, and the endpoint stays. Without it, the Region is that
// of the provider.
func TestRegion(t *testing.T) {
	t.Parallel()
	s := sent(ended("Success", "from another Region\n", ""))
	s.Regions, s.Commands[0].Region = []string{"us-east-1", "eu-west-1"}, "eu-west-1"
	fake := acctest.Serve(t, s)
	apply(t, resource.TestStep{
		Config: fake.Provider() + acctest.Invocation(command, node, `region = "eu-west-1"`),
		ConfigStateChecks: values(this, map[string]knownvalue.Check{
			"standard_output_content": is("from another Region\n"), "region": is("eu-west-1"),
		}),
	})
	for _, r := range fake.Requests() {
		if r.Region != "eu-west-1" || !strings.HasSuffix(fake.URL, r.Host) {
			t.Fatalf("a request was signed for %q and sent to %s", r.Region, r.Host)
		}
	}
	if fake.Count("GetCommandInvocation") == 0 {
		t.Error("the fake received no request")
	}
}

// A missing command has null values without an error or a warning. Other commands are read as
// usual.
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

// One data source per node makes exactly one request per completed invocation.
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
	if all, requested := fake.Count(""), fake.Count("GetCommandInvocation"); all != nodes || requested != nodes {
		t.Errorf("%d requests, %d of them GetCommandInvocation, want %d", all, requested, nodes)
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

// Empty output is polled once more only if the read has seen the step complete.
func TestCompletedInvocationCostsOneRequest(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "", "")))
	acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node)).Succeed(t, "plan")
	if n := fake.Count(""); n != 1 {
		t.Errorf("%d requests", n)
	}
}
