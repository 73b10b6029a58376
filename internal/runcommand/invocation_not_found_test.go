// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// An expired command costs one visibility timeout for all reads of the process.
func TestUnknownCommandIsCached(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, Forgotten: true}}})
		start := time.Now()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if err := refused[*NotFoundError](t, reader, ask()); !err.CommandUnknown() {
					t.Errorf("%+v", err)
				}
			})
		}
		group.Wait()
		elapsedBetween(t, start, 30*time.Second, 31*time.Second)
		server.Reset()
		for range 190 {
			if err := refused[*NotFoundError](t, reader, ask()); !err.CommandUnknown() || err.Waited < 30*time.Second {
				t.Fatalf("%+v", err)
			}
		}
		elapsedBetween(t, start, 30*time.Second, 31*time.Second)
		if server.Count("") != 190 {
			t.Errorf("%d requests for 190 reads of a command that is cached as unknown", server.Count(""))
		}
	})
}

// A command that was unknown after a short visibility timeout is read again with a longer one.
func TestUnknownCommandIsCachedForItsTimeout(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, SentAt: 20, Invocations: []fakeaws.Invocation{{InstanceID: node}}}}}
		reader, _ := serve(t, script)
		refused[*NotFoundError](t, reader, ask(func(q *InvocationQuery) { q.Visibility = time.Second }))
		if result := read(t, reader, ask()); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
	})
}

func TestVisibilityTimeout(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Second, 5 * time.Second, 7 * time.Second, 2 * time.Minute} {
		t.Run(limit.String(), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, fakeaws.Script{})
				start := time.Now()
				refused[*NotFoundError](t, reader, ask(func(q *InvocationQuery) { q.Visibility = limit }))
				elapsedBetween(t, start, limit, limit+time.Second)
			})
		})
	}
}

// A late invocation is not missing, even after the visibility timeout, if a list operation returns
// the command or the invocation.
func TestVisibleLate(t *testing.T) {
	at := fakeaws.At
	for name, script := range map[string]fakeaws.Script{
		"named, four minutes late": {Commands: []fakeaws.Command{{CommandID: command, Invocations: []fakeaws.Invocation{
			{InstanceID: node, VisibleAfter: 240, Steps: []fakeaws.Step{done(0, 300, "x")}}}}}},
		"by tag, found after four minutes": {Commands: []fakeaws.Command{{CommandID: command,
			Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}, ResolvedAfter: 240,
			Invocations: []fakeaws.Invocation{{InstanceID: node, VisibleAfter: 241, Steps: []fakeaws.Step{done(0, 300, "x")}}}}}},
		"a row, and no invocation for long": {Commands: []fakeaws.Command{{CommandID: command, ListedAfter: 1e6, Invocations: []fakeaws.Invocation{
			{InstanceID: node, VisibleAfter: 240, ListedAfter: at(1), Steps: []fakeaws.Step{done(0, 10, "x")}}}}}},
		"ended before it was visible anywhere": {Commands: []fakeaws.Command{{CommandID: command,
			Targets:     []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}},
			Invocations: []fakeaws.Invocation{{InstanceID: node, VisibleAfter: 9, Steps: []fakeaws.Step{done(0, 1, "x")}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, script)
				if result := read(t, reader, ask()); result.Invocation.Status != "Success" {
					t.Errorf("%+v", result)
				}
			})
		})
	}
}

// If the command exists and was not sent to the node, the error comes after five seconds.
func TestCommandSentToOtherNodes(t *testing.T) {
	running := []fakeaws.Step{done(0, 1e5, "")}
	for name, c := range map[string]struct {
		command fakeaws.Command
		nodes   []string
	}{
		"names others, runs": {fakeaws.Command{Invocations: []fakeaws.Invocation{{InstanceID: otherNode, Steps: running}}}, []string{otherNode}},
		"by tag, has ended": {fakeaws.Command{Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}},
			Invocations: []fakeaws.Invocation{{InstanceID: otherNode}}}, []string{otherNode}},
		"by tag, no node matched": {fakeaws.Command{Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}}, nil},
		"targets that are ids": {fakeaws.Command{Targets: []fakeaws.Target{{Key: "InstanceIds", Values: []string{otherNode}}},
			Invocations: []fakeaws.Invocation{{InstanceID: otherNode, Steps: running}}}, []string{otherNode}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c.command.CommandID = command
				reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c.command}})
				start := time.Now()
				err := refused[*NotFoundError](t, reader, ask())
				elapsedBetween(t, start, 5*time.Second, 6*time.Second)
				if diff := cmp.Diff(c.nodes, err.Existence.Nodes); diff != "" || err.Existence.Command == nil || err.CommandUnknown() {
					t.Errorf("%+v\n%s", err.Existence, diff)
				}
			})
		})
	}
}

func TestVisibleInvocationIsNeverMissing(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 900, "x")}},
			fakeaws.Fault{Kind: fakeaws.DoesNotExist, Operation: "GetCommandInvocation", From: 10, Until: 600, Times: -1}))
		if result := read(t, reader, ask()); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
		if n := server.Count("ListCommands"); n > 0 {
			t.Errorf("ListCommands was called %d times for an invocation that had been visible", n)
		}
	})
}

func TestDeniedListIsInconclusive(t *testing.T) {
	deny := func(operation string) fakeaws.Fault {
		return fakeaws.Fault{Kind: fakeaws.AccessDenied, Operation: operation, Times: -1}
	}
	t.Run("both, and the command is unknown", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{Faults: []fakeaws.Fault{deny("ListCommands"), deny("ListCommandInvocations")}})
			err := refused[*NotFoundError](t, reader, ask())
			if err.CommandUnknown() {
				t.Error("CommandUnknown is true without evidence")
			}
			if s := err.Existence.CommandDenied; s == nil || s.Action() != "ssm:ListCommands" || !strings.Contains(s.Cause, "not authorized") {
				t.Errorf("%+v", s)
			}
		})
	})
	t.Run("the invocation is late", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			script := sent(fakeaws.Invocation{VisibleAfter: 200, ListedAfter: fakeaws.At(3), Steps: []fakeaws.Step{done(0, 210, "x")}}, deny("ListCommands"))
			reader, _ := serve(t, script)
			read(t, reader, ask())
		})
	})
}

// A list operation that failed is retried, even after the visibility timeout: a failed request is
// no evidence that the command does not exist.
func TestUnavailableListIsRetried(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := sent(fakeaws.Invocation{VisibleAfter: 120, ListedAfter: fakeaws.At(0), Steps: []fakeaws.Step{done(0, 130, "x")}},
			fakeaws.Fault{Kind: fakeaws.Throttle, Operation: "ListCommands", Until: 100, Times: -1},
			fakeaws.Fault{Kind: fakeaws.Drop, Operation: "ListCommandInvocations", Until: 100, Times: -1})
		reader, _ := serve(t, script)
		read(t, reader, ask())
	})
}

// If the timeout expires while the invocation is invisible, the list operations decide which error
// the read returns.
func TestTimeoutBeforeVisible(t *testing.T) {
	t.Run("the command does not exist", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{})
			q := ask(within(3 * time.Second))
			q.Visibility = 3 * time.Second
			if err := refused[*NotFoundError](t, reader, q); !err.CommandUnknown() {
				t.Errorf("%+v", err)
			}
		})
	})
	t.Run("the command runs", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, ResolvedAfter: 1e6,
				Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}}}})
			start := time.Now()
			err := refused[*StillRunningError](t, reader, ask(within(5*time.Minute)))
			elapsedBetween(t, start, 5*time.Minute, 5*time.Minute)
			if err.Source != FromCommand || err.Status == "" || !err.ExpiresAfter.Equal(epoch.Add(2*time.Hour)) {
				t.Errorf("%+v", err)
			}
		})
	})
}
