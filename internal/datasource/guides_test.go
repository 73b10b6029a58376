// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The tables of the guides show how many requests a read of a completed command makes, and which
// actions it requires.
func TestRequestsOfTheGuides(t *testing.T) {
	t.Parallel()
	guide := func(name string) string {
		text, err := os.ReadFile("../../templates/guides/" + name + ".md.tmpl")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	manyNodes, permissions := guide("many-nodes"), guide("permissions")

	// 120 nodes are three pages of invocations.
	many := fakeaws.Command{CommandID: command, Comment: "the newest", DocumentName: "Example-Many", SentAt: -60}
	for n := range 120 {
		many.Invocations = append(many.Invocations, fakeaws.Invocation{InstanceID: nodeNumber(n), Steps: []fakeaws.Step{ended("Success", "x", "")}})
	}
	// 101 commands are three pages of history.
	history := script(many)
	for n := range 100 {
		history.Commands = append(history.Commands, fakeaws.Command{
			CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), SentAt: fakeaws.Seconds(-100 - n),
			Invocations: []fakeaws.Invocation{{InstanceID: node}},
		})
	}
	for n := range 120 {
		history.Nodes = append(history.Nodes, fakeaws.Node{InstanceID: nodeNumber(n)})
	}
	onFirst := `instance_id = "` + nodeNumber(0) + `"`
	for name, c := range map[string]struct {
		use, requests, needs string // The cells of the tables; needs is "" if the guide on permissions has no such row.
		config               string
		want                 map[string]int
	}{
		"command by ID": {
			"`ssm_command` with `command_id`", "1", "`ssm_command` | `ssm:ListCommands` |",
			read("ssm_command", byID), map[string]int{"ListCommands": 1},
		},
		"command by comment": {
			"`ssm_command` with `comment`", "1 for every 50 commands of the history", "",
			read("ssm_command", `comment = "the newest"`), map[string]int{"ListCommands": 3},
		},
		"invocations of a command": {
			"`ssm_command_invocations` with `command_id`", "1, and 1 for every 50 nodes",
			"`ssm_command_invocations` with `command_id` and without `instance_id` | `ssm:ListCommands`, `ssm:ListCommandInvocations` |",
			read("ssm_command_invocations", byID), map[string]int{"ListCommands": 1, "ListCommandInvocations": 3},
		},
		"one invocation of a command": {
			"`ssm_command_invocations` with `command_id` and `instance_id`", "1",
			"`ssm_command_invocations` with `command_id` and `instance_id` | `ssm:ListCommandInvocations` |",
			read("ssm_command_invocations", byID, onFirst), map[string]int{"ListCommandInvocations": 1},
		},
		"invocations by filter": {
			"`ssm_command_invocations` without `command_id`", "1 for every 50 invocations",
			"`ssm_command_invocations` without `command_id` | `ssm:ListCommandInvocations` |",
			read("ssm_command_invocations", `document_name = "Example-Many"`), map[string]int{"ListCommandInvocations": 3},
		},
		"invocation": {
			"`ssm_command_invocation`", "1",
			"`ssm_command_invocation`, data source and ephemeral resource | `ssm:GetCommandInvocation` |",
			acctest.Invocation(command, nodeNumber(0)), map[string]int{"GetCommandInvocation": 1},
		},
		"commands": {
			"`ssm_commands`", "1 for every 50 commands", "`ssm_commands` | `ssm:ListCommands` |",
			read("ssm_commands", "max_results = 1000"), map[string]int{"ListCommands": 3},
		},
		"managed nodes": {
			"`ssm_managed_nodes`", "1 for every 50 nodes", "`ssm_managed_nodes` | `ssm:DescribeInstanceInformation` |",
			read("ssm_managed_nodes"), map[string]int{"DescribeInstanceInformation": 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if row := "| " + c.use + " | " + c.requests + " |\n"; !strings.Contains(manyNodes, row) {
				t.Errorf("the guide on many nodes does not contain: %s", row)
			}
			if c.needs != "" && !strings.Contains(permissions, "\n| "+c.needs) {
				t.Errorf("the guide on permissions does not contain: %s", c.needs)
			}
			server := acctest.Serve(t, history)
			acctest.NewWorkspace(t, server.Provider()+c.config).Succeed(t, "plan")
			got := map[string]int{}
			for _, r := range server.Requests() {
				got[r.Operation]++
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}
