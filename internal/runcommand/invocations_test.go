// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// An entry that never appears does not cost all pages every few seconds.
func TestMissingEntryIsPolledSlowly(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, asked := responding(responses{"ListCommands": always(200, commandBody("Success", `,"TargetCount":2,"CompletedCount":2`)), "ListCommandInvocations": always(200, rowBody("Success", ""))})
		_, err := reader.Invocations(t.Context(), fleetQuery())
		if asked["ListCommandInvocations"] > 70 || err == nil {
			t.Errorf("%d pages in an hour, %v", asked["ListCommandInvocations"], err)
		}
	})
}

// A command that failed to resolve its targets is not Success with no matching node.
func TestUnresolvedTargets(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": always(200, fmt.Sprintf(`{"Commands":[{"CommandId":%q,"Status":"Failed","StatusDetails":"AccessDenied"}]}`, command)), "ListCommandInvocations": always(200, noRows)})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || !result.NoNodeMatched || result.Status != "Failed" || result.StatusDetails != "AccessDenied" {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// Counts and entries are eventually consistent, each on its own. A command with status Success is
// complete on all its targets: missing entries are late ones.
func TestEntriesThatLagBehindTheCounts(t *testing.T) {
	counts := func(target, completed int) string {
		return fmt.Sprintf(`,"TargetCount":%d,"CompletedCount":%d`, target, completed)
	}
	rows := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"CommandId":%q,"InstanceId":%q,"Status":"Success","StatusDetails":"Success"}`, command, nodeID(i)))
		}
		return `{"CommandInvocations":[` + strings.Join(list, ",") + `]}`
	}
	late := func(first, last string) func(int, string) (int, string) {
		return func(n int, _ string) (int, string) {
			if n < 2 {
				return 200, first
			}
			return 200, last
		}
	}
	for name, c := range map[string]struct {
		command string
		rows    func(int, string) (int, string)
		want    int // 0 is an error.
	}{
		"no entry, nothing counted":  {commandBody("Success", counts(3, 0)), late(noRows, rows(3)), 3},
		"fewer entries than targets": {commandBody("Success", counts(5, 2)), late(rows(2), rows(5)), 5},
		"failed, and no entry":       {commandBody("Failed", counts(3, 0)), late(noRows, rows(3)), 3},
		"entries that never come":    {commandBody("Success", counts(5, 5)), late(rows(2), rows(2)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"ListCommands": always(200, c.command), "ListCommandInvocations": c.rows})
				result, err := reader.Invocations(t.Context(), fleetQuery())
				if c.want > 0 {
					if err != nil || len(result.Invocations) != c.want {
						t.Errorf("%d entries, %v", len(result.Invocations), err)
					}
					return
				}
				var unavailable *UnavailableError
				if !errors.As(err, &unavailable) || !strings.Contains(unavailable.Cause, "5 of 5 nodes") || !strings.Contains(unavailable.Cause, "lists 2") || len(result.Invocations) != 2 {
					t.Errorf("%d entries with %v", len(result.Invocations), err)
				}
				elapsedBetween(t, epoch, contradictionGrace, contradictionGrace+2*time.Minute)
			})
		})
	}
}

// Of two entries about one invocation that have both ended, the one that did not succeed counts.
func TestWorseOfTwoEntriesCounts(t *testing.T) {
	page := func(status, token string) string {
		return strings.Replace(rowBody(status, ""), "{", `{"NextToken":"`+token+`",`, 1)
	}
	for _, order := range [][2]string{{"Failed", "Success"}, {"Success", "Failed"}} {
		virtual(t, func(t *testing.T) {
			reader, _ := responding(responses{
				"ListCommands": always(200, commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)),
				"ListCommandInvocations": func(n int, _ string) (int, string) {
					return 200, page(order[n%2], []string{"more", ""}[n%2])
				},
			})
			result, err := reader.Invocations(t.Context(), fleetQuery())
			if err != nil || len(result.Invocations) != 1 || result.Invocations[0].Status != "Failed" || result.Succeeded() {
				t.Errorf("%v: %+v, %v", order, result.Invocations, err)
			}
		})
	}
}

// A poll takes one ListCommands request. The pages of invocations are read once, at the end.
func TestPollingCostsOneRequest(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{fleet(1000, 300)}})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil {
			t.Fatal(err)
		}
		elapsedBetween(t, epoch, 300*time.Second, 310*time.Second)
		if len(result.Invocations) != 1000 || server.Count("ListCommandInvocations") != 20 || server.Count("") > 80 {
			t.Errorf("%d entries, %d pages, %d requests", len(result.Invocations), server.Count("ListCommandInvocations"), server.Count(""))
		}
		for i, n := range result.Invocations {
			want := "Success"
			if i%7 == 3 {
				want = "Failed"
			}
			if n.InstanceID != nodeID(i) || n.Status != want || !strings.HasPrefix(n.Steps[0].Output, fmt.Sprintf("node %d\n", i)) {
				t.Fatalf("entry %d: %+v", i, n)
			}
		}
	})
}

// With short pages, empty pages with a token, and faults on any page, the list is complete.
func TestFaultsOnAnyPage(t *testing.T) {
	kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.TruncateBody, fakeaws.TooManyRequests}
	for seed := range uint64(30) {
		virtual(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 2))
			script := fakeaws.Script{Commands: []fakeaws.Command{fleet(230, 20)}, PageSize: 1 + random.IntN(50), EmptyPageEvery: 2 + random.IntN(4)}
			for range random.IntN(13) {
				script.Faults = append(script.Faults, fakeaws.Fault{Operation: "ListCommandInvocations", Kind: kinds[random.IntN(len(kinds))], Skip: random.IntN(3), Times: 1 + random.IntN(4)})
			}
			reader, _ := serve(t, script)
			result, err := reader.Invocations(t.Context(), fleetQuery())
			if err != nil || len(result.Invocations) != 230 {
				t.Fatalf("seed %d: %d entries, %v", seed, len(result.Invocations), err)
			}
		})
	}
}

func TestTargetsThatResolveLate(t *testing.T) {
	for _, noWait := range []bool{false, true} {
		virtual(t, func(t *testing.T) {
			c := fleet(3, 60)
			c.Targets, c.ResolvedAfter, c.ListedAfter = webServers, 20, 2
			reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
			result, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.NoWait = noWait }))
			if err != nil || len(result.Invocations) != 3 || result.NoNodeMatched {
				t.Fatalf("%+v, %v", result, err)
			}
			if want := map[bool]string{true: "InProgress", false: "Success"}[noWait]; result.Invocations[0].Status != want {
				t.Errorf("status %s, want %s", result.Invocations[0].Status, want)
			}
		})
	}
}

// An entry can become visible after the command is complete.
func TestLateEntries(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(4, 10)
		c.Invocations[2].ListedAfter = fakeaws.At(100)
		reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || len(result.Invocations) != 4 {
			t.Fatalf("%d entries, %v", len(result.Invocations), err)
		}
	})
}

func TestNoNodeMatched(t *testing.T) {
	for _, noWait := range []bool{false, true} {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, Targets: webServers, ResolvedAfter: 3}}})
			result, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.NoWait = noWait }))
			if err != nil || !result.NoNodeMatched || len(result.Invocations) != 0 {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

func TestInvocationsOfAnUnknownCommand(t *testing.T) {
	for name, change := range map[string]func(*InvocationsQuery){
		"all nodes":          func(*InvocationsQuery) {},
		"one node":           func(q *InvocationsQuery) { q.InstanceID = node },
		"as they are":        func(q *InvocationsQuery) { q.NoWait = true },
		"one node, as it is": func(q *InvocationsQuery) { q.InstanceID, q.NoWait = node, true },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, fakeaws.Script{})
				_, err := reader.Invocations(t.Context(), fleetQuery(change))
				elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
				if missing, ok := err.(*NotFoundError); !ok || !missing.CommandUnknown() { //nolint:errorlint // The contract is the type itself.
					t.Errorf("%v", err)
				}
			})
		})
	}
}

func TestInvocationOfOneNode(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(200, 50)
		c.Invocations[7].Steps[0].Timeline[1].At = 20
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		result, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.InstanceID = nodeID(7) }))
		elapsedBetween(t, epoch, 20*time.Second, 25*time.Second)
		if err != nil || len(result.Invocations) != 1 || result.Invocations[0].Status != "Success" || server.Count("ListCommands") > 0 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// With a command ID, entries are requested without filters and filtered in the client: a response
// that is empty because of a filter must not read as one that is not visible yet.
func TestFiltersWithCommandID(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*InvocationsQuery)
		rows   int
	}{
		"status":            {func(q *InvocationsQuery) { q.Status = "Failed" }, 2},
		"an unused status":  {func(q *InvocationsQuery) { q.Status = "Cancelled" }, 0},
		"details":           {func(q *InvocationsQuery) { q.Status = "ExecutionTimedOut" }, 1},
		"document":          {func(q *InvocationsQuery) { q.DocumentName = "AWS-RunShellScript" }, 14},
		"another document":  {func(q *InvocationsQuery) { q.DocumentName = "AWS-RunPatchBaseline" }, 0},
		"after, inclusive":  {func(q *InvocationsQuery) { q.InvokedAfter = "2000-01-01T00:00:00Z" }, 14},
		"after":             {func(q *InvocationsQuery) { q.InvokedAfter = "2000-01-01T00:00:05Z" }, 0},
		"before, exclusive": {func(q *InvocationsQuery) { q.InvokedBefore = "2000-01-01T00:00:00Z" }, 0},
		"before":            {func(q *InvocationsQuery) { q.InvokedBefore = "2000-01-01T00:00:05Z" }, 14},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := fleet(14, 10)
				f.Invocations[0].Steps[0].Timeline[1] = fakeaws.Moment{At: 10, Status: "TimedOut", StatusDetails: "ExecutionTimedOut"}
				reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{f}})
				result, err := reader.Invocations(t.Context(), fleetQuery(c.change))
				if err != nil || len(result.Invocations) != c.rows || len(result.All) != 14 {
					t.Errorf("%d entries of %d, %v", len(result.Invocations), len(result.All), err)
				}
			})
		})
	}
}

func TestInvocationsTimeout(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(5, 1e5)
		c.Invocations[0].Steps[0].Timeline[1].At = 5
		reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		_, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.Timeout = time.Minute }))
		running, ok := err.(*StillRunningError) //nolint:errorlint // The contract is the type itself.
		if !ok || running.Completed != 1 || running.Targets != 5 || running.ExpiresAfter.IsZero() {
			t.Errorf("%+v", err)
		}
	})
}

// The same entries in another order are the same result.
func TestOrderOfEntriesDoesNotMatter(t *testing.T) {
	read := func(c fakeaws.Command) (got []NodeInvocation) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
			result, err := reader.Invocations(t.Context(), fleetQuery())
			if err != nil {
				t.Fatal(err)
			}
			got = result.Invocations
		})
		return got
	}
	c := fleet(120, 5)
	first := read(c)
	for i := range c.Invocations {
		j := rand.IntN(i + 1)
		c.Invocations[i], c.Invocations[j] = c.Invocations[j], c.Invocations[i]
	}
	second := read(c)
	for i := range second { // The moment a row was requested comes from the fake and depends on its order.
		first[i].RequestedDateTime, second[i].RequestedDateTime = time.Time{}, time.Time{}
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}
