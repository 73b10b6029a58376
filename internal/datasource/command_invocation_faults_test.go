// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Up to twelve random faults in front of each of ten reads do not change the values. The seed is
// fixed, so that a failure can be repeated. Package runcommand does the same with many more, in
// virtual time.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	kinds := []fakeaws.FaultKind{
		fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.TruncateBody, fakeaws.DoesNotExist,
		fakeaws.TooManyRequests, fakeaws.Empty200, fakeaws.WrongCommand,
	}
	const reads = 10
	dice := rand.New(rand.NewPCG(2026, 11))
	script := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, SentAt: -60}}}
	want := map[string]any{}
	struckAt := map[string]int{}
	for i := range reads {
		id := nodeNumber(i)
		step := ended("Success", fmt.Sprintf("output %d\n", i), "")
		if i%3 == 2 {
			step = ended("Failed", "", fmt.Sprintf("error %d\n", i))
		}
		script.Commands[0].Invocations = append(script.Commands[0].Invocations, fakeaws.Invocation{InstanceID: id, Steps: []fakeaws.Step{step}})
		want[id] = []any{step.Timeline[1].Status, step.StandardOutput, step.StandardError}
		struckAt[id] = 1 + dice.IntN(12)
		for range struckAt[id] {
			script.Faults = append(script.Faults, fakeaws.Fault{
				Operation: "GetCommandInvocation", InstanceID: id, Kind: kinds[dice.IntN(len(kinds))],
			})
		}
	}
	fake := acctest.Serve(t, script)
	// The default, "adaptive", delays all reads if one is throttled, which would take a minute here.
	w := acctest.NewWorkspace(t, fake.Provider(`retry_mode = "standard"`)+`
data "ssm_command_invocation" "each" {
  for_each    = toset([for i in range(10) : format("i-%017d", i)])
  command_id  = "`+command+`"
  instance_id = each.value
}
output "reads" {
  value = { for node, r in data.ssm_command_invocation.each : node => [r.status, r.standard_output_content, r.standard_error_content] }
}`)
	w.Succeed(t, "apply", "-auto-approve")
	if diff := cmp.Diff(want, w.Outputs(t)["reads"]); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	for _, r := range fake.Requests() {
		if r.Operation == "GetCommandInvocation" && r.Outcome != "200" {
			struckAt[r.InstanceID]--
		}
	}
	for id, left := range struckAt {
		if left > 0 {
			t.Errorf("%d faults did not apply to %s", left, id)
		}
	}
}
