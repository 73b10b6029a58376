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

// nodes are the invocations of a command on many nodes.
func nodes(n int, of func(i int) fakeaws.Invocation) fakeaws.Script {
	many := make([]fakeaws.Invocation, n)
	for i := range many {
		many[i] = of(i)
	}
	return fleetOf(many...)
}

func printing(i int) fakeaws.Invocation {
	return steps(ended("Success", fmt.Sprintf("node %d is up\n", i), ""))
}

// summed writes outputs that tell whether every node was read, each with its own output, without showing all of them.
func summed(n int) (config string, shown []string) {
	return `output "nodes" {
  value = length({ for n in ` + fleet + `.invocations : n.instance_id => true })
}
output "right" {
  value = length([for i, n in ` + fleet + `.invocations : i if n.command_plugins[0].output == "node ${i} is up\n"])
}
`, []string{fmt.Sprintf("nodes = %d", n), fmt.Sprintf("right = %d", n)}
}

// A fleet is read at 50 nodes a request and one look at the command, however large it is. With -short it is a small one.
func TestFleetOfTenThousand(t *testing.T) {
	t.Parallel()
	size := 10000
	if testing.Short() {
		size = 500
	}
	fake := acctest.Serve(t, nodes(size, printing))
	config, shown := summed(size)
	w := acctest.NewWorkspace(t, fake.Provider()+read("ssm_command_invocations", byID)+config)
	start := time.Now()
	out := w.Succeed(t, "plan", "-no-color").Stdout
	t.Logf("%d nodes in %s", size, time.Since(start))
	for _, want := range shown {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the plan lacks %q: %s", want, out)
		}
	}
	if got, want := fake.Count("ListCommandInvocations"), size/50; got != want {
		t.Errorf("%d pages of ListCommandInvocations, want %d", got, want)
	}
	if got := fake.Count("ListCommands"); got != 1 {
		t.Errorf("%d ListCommands, want one", got)
	}
}

// pages counts the pages of nodes that were asked for, however often each was.
func pages(fake *acctest.Fake) int {
	tokens := map[string]bool{}
	for _, r := range fake.Requests() {
		if r.Operation == "ListCommandInvocations" {
			tokens[r.NextToken] = true
		}
	}
	return len(tokens)
}

// Whatever befalls a page, the list is complete in the end. Pages are short here, and some are empty with more to come.
func TestFleetThroughTrouble(t *testing.T) {
	t.Parallel()
	const size, page, last = 60, 10, 6 // Two full pages, one empty one, and so on: nine requests.
	for name, fault := range map[string]fakeaws.Fault{
		"nothing":                     {Kind: fakeaws.Throttle, Operation: "GetCommandInvocation"},
		"throttled on the first page": {Kind: fakeaws.Throttle, Operation: "ListCommandInvocations", Times: 2},
		"throttled on every page":     {Kind: fakeaws.Throttle, Operation: "ListCommandInvocations", Skip: 1, Times: 2},
		"dropped on the last page":    {Kind: fakeaws.Drop, Operation: "ListCommandInvocations", Skip: last + 1},
		"cut on the last page":        {Kind: fakeaws.CutBody, Operation: "ListCommandInvocations", Skip: last + 1},
		"an empty answer":             {Kind: fakeaws.Empty200, Operation: "ListCommandInvocations", Skip: 3},
		"another's page":              {Kind: fakeaws.WrongCommand, Operation: "ListCommandInvocations", Skip: 2},
		"a portal's page":             {Kind: fakeaws.HTML200, Operation: "ListCommandInvocations", Skip: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := struck(nodes(size, printing), fault)
			s.PageSize, s.EmptyPageEvery = page, 3
			fake := acctest.Serve(t, s)
			config, shown := summed(size)
			out := acctest.NewWorkspace(t, fake.Provider()+read("ssm_command_invocations", byID)+config).Succeed(t, "plan", "-no-color").Stdout
			for _, want := range shown {
				if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
					t.Errorf("the plan lacks %q: %s", want, out)
				}
			}
			if n := pages(fake); n != last+2 {
				t.Errorf("%d pages, want %d: the faults strike the wrong ones", n, last+2)
			}
		})
	}
}

// A list that never ends is an error.
func TestFleetWithoutAnEnd(t *testing.T) {
	t.Parallel()
	for kind, arguments := range map[string]string{"ssm_command_invocations": byID, "ssm_commands": `status = "Success"`} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := struck(nodes(60, printing), fakeaws.Fault{Kind: fakeaws.RepeatToken, Times: -1})
			for i := range 60 {
				s.Commands = append(s.Commands, fakeaws.Command{CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)})
			}
			w := acctest.NewWorkspace(t, acctest.Serve(t, s).Provider()+read(kind, arguments))
			w.Run(t, "plan", "-json").One(t, "error", "Service Unavailable").Contains(t, "the list never ends", "in Region us-east-1")
		})
	}
}

// More than Terraform can take is an error that says how to ask for less, and comes before all of it was read.
func TestFleetTooLarge(t *testing.T) {
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
		t.Errorf("it was noticed after %d pages", n)
	}
}
