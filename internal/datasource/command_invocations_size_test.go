// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func succeededOn(i int) fakeaws.Invocation {
	return steps(ended("Success", fmt.Sprintf("node %d is up\n", i), ""))
}

// countOutputs returns outputs with the number of nodes that were read, and of those with their own
// output.
func countOutputs(n int) (config string, shown []string) {
	return `output "nodes" {
  value = length({ for n in ` + fleet + `.invocations : n.instance_id => true })
}
output "right" {
  value = length([for i, n in ` + fleet + `.invocations : i if n.command_plugins[0].output == "node ${i} is up\n"])
}
`, []string{fmt.Sprintf("nodes = %d", n), fmt.Sprintf("right = %d", n)}
}

// The nodes of a command are read at 50 per request, after one ListCommands. With -short, there are
// fewer nodes.
func TestTenThousandNodes(t *testing.T) {
	t.Parallel()
	size := 10000
	if testing.Short() {
		size = 500
	}
	fake := acctest.Serve(t, nodes(size, succeededOn))
	config, shown := countOutputs(size)
	w := acctest.NewWorkspace(t, fake.Provider()+read("ssm_command_invocations", byID)+config)
	start := time.Now()
	out := w.Succeed(t, "plan", "-no-color").Stdout
	t.Logf("%d nodes in %s", size, time.Since(start))
	for _, want := range shown {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the plan does not contain %q: %s", want, out)
		}
	}
	if got, want := fake.Count("ListCommandInvocations"), size/50; got != want {
		t.Errorf("%d pages of ListCommandInvocations, want %d", got, want)
	}
	if got := fake.Count("ListCommands"); got != 1 {
		t.Errorf("%d ListCommands, want one", got)
	}
}

// pages counts the distinct pages of nodes that were requested.
func pages(fake *acctest.Fake) int {
	tokens := map[string]bool{}
	for _, r := range fake.Requests() {
		if r.Operation == "ListCommandInvocations" {
			tokens[r.NextToken] = true
		}
	}
	return len(tokens)
}

// With any fault on any page, the list is complete. Pages are short, and some are empty and not the
// last.
func TestFaultsOnPages(t *testing.T) {
	t.Parallel()
	const size, page, last = 60, 10, 6 // Two full pages, an empty one, and so on: nine requests.
	for name, fault := range map[string]fakeaws.Fault{
		"nothing":                          {Kind: fakeaws.Throttle, Operation: "GetCommandInvocation"},
		"throttled on the first page":      {Kind: fakeaws.Throttle, Operation: "ListCommandInvocations", Times: 2},
		"throttled on every page":          {Kind: fakeaws.Throttle, Operation: "ListCommandInvocations", Skip: 1, Times: 2},
		"dropped on the last page":         {Kind: fakeaws.Drop, Operation: "ListCommandInvocations", Skip: last + 1},
		"connection lost on the last page": {Kind: fakeaws.TruncateBody, Operation: "ListCommandInvocations", Skip: last + 1},
		"an empty response":                {Kind: fakeaws.Empty200, Operation: "ListCommandInvocations", Skip: 3},
		"a page of another command":        {Kind: fakeaws.WrongCommand, Operation: "ListCommandInvocations", Skip: 2},
		"the page of a portal":             {Kind: fakeaws.HTML200, Operation: "ListCommandInvocations", Skip: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := struck(nodes(size, succeededOn), fault)
			s.PageSize, s.EmptyPageEvery = page, 3
			fake := acctest.Serve(t, s)
			config, shown := countOutputs(size)
			out := acctest.NewWorkspace(t, fake.Provider()+read("ssm_command_invocations", byID)+config).Succeed(t, "plan", "-no-color").Stdout
			for _, want := range shown {
				if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
					t.Errorf("the plan does not contain %q: %s", want, out)
				}
			}
			if n := pages(fake); n != last+2 {
				t.Errorf("%d pages, want %d: the faults are on the wrong pages", n, last+2)
			}
		})
	}
}

// A list without an end is an error.
func TestListWithoutEnd(t *testing.T) {
	t.Parallel()
	for kind, arguments := range map[string]string{"ssm_command_invocations": byID, "ssm_commands": `status = "Success"`} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := struck(nodes(60, succeededOn), fakeaws.Fault{Kind: fakeaws.RepeatToken, Times: -1})
			for i := range 60 {
				s.Commands = append(s.Commands, fakeaws.Command{CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)})
			}
			w := acctest.NewWorkspace(t, acctest.Serve(t, s).Provider()+read(kind, arguments))
			w.Run(t, "plan", "-json").One(t, "error", "Service Unavailable").Contains(t, "the list never ends", "in Region us-east-1")
		})
	}
}

// A list that is too large for Terraform is an error that says how to request less, before all of
// the list was read.
func TestListTooLarge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("Reads 64 MiB.")
	}
	much := strings.Repeat("#", 2500)
	noisy := make([]fakeaws.Step, 12)
	for i := range noisy {
		noisy[i] = named(fmt.Sprintf("step%d", i), ended("Success", much, ""))
	}
	fake := acctest.Serve(t, nodes(4000, func(int) fakeaws.Invocation { return steps(noisy...) }))
	w := acctest.NewWorkspace(t, fake.Provider()+read("ssm_command_invocations", byID))
	d := w.Run(t, "plan", "-json").One(t, "error", "Answer Too Large")
	d.Contains(t, "the invocations of command "+command+" in Region us-east-1", "larger than 64 MiB", "instance_id", "include_plugins = false")
	if n := pages(fake); n < 20 || n >= 80 {
		t.Errorf("the error came after %d pages", n)
	}
}
