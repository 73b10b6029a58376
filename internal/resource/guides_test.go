// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The guide on many nodes shows how many requests the resource makes.
func TestRequestsOfTheGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/many-nodes.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	// 120 nodes are three pages of invocations.
	script := nodes(prints("done"))
	for i := range 120 {
		script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: fmt.Sprintf("i-%017x", i+1), Tags: map[string]string{"Role": "many"}})
	}
	const many, always = `targets = [{ key = "tag:Role", values = ["many"] }]`, "1 for SendCommand, 1 for each poll, 1 for every 50 nodes"
	for name, c := range map[string]struct {
		row       string
		arguments []string
		want      map[string]int
	}{
		"create": {
			"create | " + always + ", 1 for each step of each node", []string{many},
			map[string]int{"SendCommand": 1, "ListCommandInvocations": 3, "GetCommandInvocation": 120},
		},
		"create without output": {
			"create with `store_output = false` | " + always, []string{many, "store_output = false"},
			map[string]int{"SendCommand": 1, "ListCommandInvocations": 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, row := range []string{c.row, "refresh and destroy, once the results are stored | 0"} {
				if row = "| " + row + " |\n"; !strings.Contains(string(guide), row) {
					t.Errorf("the guide does not contain: %s", row)
				}
			}
			s := newStack(t, script, command(c.arguments...))
			s.apply(t)
			got := map[string]int{}
			for _, r := range s.Requests() {
				if r.Operation != "ListCommands" { // Polls.
					got[r.Operation]++
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			s.quiet(t, func() { s.Succeed(t, "destroy", "-auto-approve") })
		})
	}
}
