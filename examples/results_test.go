// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestTruncatedJSON checks that truncated output causes the error of the example's own
// postcondition, until the script changes.
func TestTruncatedJSON(t *testing.T) {
	t.Parallel()
	const name = "results/json"
	script := loadScript(t, name)
	long := script.Rules[0]
	long.Times, long.Steps = 1, slices.Clone(long.Steps)
	long.Steps[0].StandardOutput = `{"disks": ["` + strings.Repeat("x", 30000) + `"]}`
	script.Rules = append([]fakeaws.Rule{long}, script.Rules...)
	w := newWorkspace(t, name, acctest.Serve(t, script).URL)
	for range 2 {
		w.Run(t, "apply", "-auto-approve", "-json").One(t, "error", "Resource postcondition failed")
	}
	w.Write(t, "override.tf", "resource \"ssm_command\" \"facts\" {\n  parameters = { commands = [\"/opt/app/bin/facts --json --short\"] }\n}\n")
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, examples[name].outputs)
}

// TestNodeFailures checks that the example accepts a failure on one node, and not on two.
func TestNodeFailures(t *testing.T) {
	t.Parallel()
	const name = "results/in-batches"
	acctest.Needs(t, needs[name])
	script := loadScript(t, name)
	script.Rules[0].InstanceID = "" // All nodes fail.
	w := newWorkspace(t, name, acctest.Serve(t, script).URL)
	w.Run(t, "apply", "-auto-approve", "-json").One(t, "error", "Resource postcondition failed")
}

// TestPlansShowStoredOutput checks what the guide on sensitive data says about output in plans.
func TestPlansShowStoredOutput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		output string
		shown  bool
	}{
		"resources/ssm_command":    {"3 migrations applied", true},
		"results/sensitive-output": {"correct-horse-battery", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if feature, ok := needs[name]; ok {
				acctest.Needs(t, feature)
			}
			w := newWorkspace(t, name, acctest.Serve(t, loadScript(t, name)).URL)
			w.Succeed(t, "apply", "-auto-approve")
			if !strings.Contains(w.Succeed(t, "state", "pull").Stdout, c.output) {
				t.Error("the state does not contain the output")
			}
			for _, arguments := range [][]string{{"plan", "-destroy"}, {"apply", "-destroy", "-auto-approve"}} {
				r := w.Succeed(t, append(arguments, "-no-color")...)
				if shown := strings.Contains(r.Stdout, c.output); shown != c.shown {
					t.Errorf("%v shows the output: %v, want %v: %s", arguments, shown, c.shown, r.Stdout)
				}
			}
		})
	}
}
