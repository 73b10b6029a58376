// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

var webServers = []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}

// fleet is a command on n nodes, of which every seventh fails at its end.
func fleet(n int, end fakeaws.Seconds) fakeaws.Command {
	c := fakeaws.Command{CommandID: command, MaxErrors: "100%"}
	for i := range n {
		s := done(0, end, fmt.Sprintf("node %d\n", i))
		if i%7 == 3 {
			s.Timeline[1].Status = "Failed"
		}
		c.Invocations = append(c.Invocations, fakeaws.Invocation{InstanceID: nodeID(i), Steps: []fakeaws.Step{s}})
	}
	return c
}

func nodeID(i int) string { return fmt.Sprintf("i-%017d", i) }

func fleetQuery(change ...func(*InvocationsQuery)) InvocationsQuery {
	q := InvocationsQuery{CommandID: command, Visibility: 30 * time.Second, Timeout: time.Hour}
	for _, f := range change {
		f(&q)
	}
	return q
}

func commandQuery(change ...func(*CommandQuery)) CommandQuery {
	q := CommandQuery{CommandID: command, Visibility: 30 * time.Second, Timeout: time.Hour}
	for _, f := range change {
		f(&q)
	}
	return q
}

// While it waits a fleet costs one ListCommands a look, and its pages once.
func TestFleetIsWatchedByOneRequestAndReadOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{fleet(1000, 300)}})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil {
			t.Fatal(err)
		}
		elapsedBetween(t, epoch, 300*time.Second, 310*time.Second)
		if len(result.Invocations) != 1000 || server.Count("ListCommandInvocations") != 20 || server.Count("") > 80 {
			t.Errorf("%d rows, %d pages, %d requests", len(result.Invocations), server.Count("ListCommandInvocations"), server.Count(""))
		}
		for i, n := range result.Invocations {
			want := "Success"
			if i%7 == 3 {
				want = "Failed"
			}
			if n.InstanceID != nodeID(i) || n.Status != want || !strings.HasPrefix(n.Steps[0].Output, fmt.Sprintf("node %d\n", i)) {
				t.Fatalf("row %d: %+v", i, n)
			}
		}
	})
}

// Short pages, empty pages with a token, faults on any page: the list is complete.
func TestFleetThroughFaultsOnAnyPage(t *testing.T) {
	kinds := []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.Drop, fakeaws.CutBody, fakeaws.TooManyRequests}
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
				t.Fatalf("seed %d: %d rows, %v", seed, len(result.Invocations), err)
			}
		})
	}
}

func TestRepeatedTokenEndsInAnError(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{fleet(300, 0)},
			Faults: []fakeaws.Fault{{Kind: fakeaws.RepeatToken, Skip: 2, Times: -1}}})
		_, err := reader.Invocations(t.Context(), fleetQuery())
		if _, ok := err.(*EndlessListError); !ok || server.Count("") > 10 { //nolint:errorlint // The very type is the contract.
			t.Errorf("%v after %d requests", err, server.Count(""))
		}
	})
}

func TestFleetSentByTagThatResolvesLate(t *testing.T) {
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

// A row can become visible after the command has ended.
func TestRowsThatAreLateAreWaitedFor(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(4, 10)
		c.Invocations[2].ListedAfter = fakeaws.At(100)
		reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || len(result.Invocations) != 4 {
			t.Fatalf("%d rows, %v", len(result.Invocations), err)
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

func TestFleetThatIsUnknown(t *testing.T) {
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
				if missing, ok := err.(*NotFoundError); !ok || !missing.CommandUnknown() { //nolint:errorlint // The very type is the contract.
					t.Errorf("%v", err)
				}
			})
		})
	}
}

func TestOneNodeOfAFleet(t *testing.T) {
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

// While waiting, rows are read unfiltered and filtered here: an answer that is
// empty because of a filter is not one that is not there yet.
func TestFiltersOfACommandAreAppliedHere(t *testing.T) {
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
					t.Errorf("%d rows of %d, %v", len(result.Invocations), len(result.All), err)
				}
			})
		})
	}
}

func TestHistoryOfANode(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{
			{CommandID: command, SentAt: -500, Invocations: []fakeaws.Invocation{{InstanceID: node}, {InstanceID: otherNode}}},
			{CommandID: otherID, SentAt: -900, DocumentName: "AWS-RunPatchBaseline", Invocations: []fakeaws.Invocation{{InstanceID: node}}},
		}})
		result, err := reader.Invocations(t.Context(), InvocationsQuery{InstanceID: node, Timeout: time.Minute})
		if err != nil || len(result.Invocations) != 2 || result.Invocations[0].CommandID != otherID || server.Count("") != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		result, err = reader.Invocations(t.Context(), InvocationsQuery{InstanceID: node, DocumentName: "AWS-RunPatchBaseline", OmitSteps: true, Timeout: time.Minute})
		if err != nil || len(result.Invocations) != 1 || len(result.Invocations[0].Steps) != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
	})
}

func TestFleetOutOfTime(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(5, 1e5)
		c.Invocations[0].Steps[0].Timeline[1].At = 5
		reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		_, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.Timeout = time.Minute }))
		running, ok := err.(*StillRunningError) //nolint:errorlint // The very type is the contract.
		if !ok || running.Completed != 1 || running.Targets != 5 || running.ExpiresAfter.IsZero() {
			t.Errorf("%+v", err)
		}
	})
}

func TestAnswerTooLarge(t *testing.T) {
	p := pages{limit: 64 << 20}
	calls := 0
	err := p.walk(t.Context(), "ListCommandInvocations", func(context.Context, *string) (page, error) {
		calls++
		return page{next: fmt.Sprint(calls), rows: 50, size: 10 << 20}, nil
	})
	large, ok := err.(*TooLargeError) //nolint:errorlint // The very type is the contract.
	if !ok || calls != 7 || large.Rows != 350 || large.Limit != 64<<20 {
		t.Errorf("%v after %d pages", err, calls)
	}
}

func TestCommandByID(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(7, 40)
		c.ListedAfter, c.Comment = 8, "deploy"
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		got, err := reader.Command(t.Context(), commandQuery())
		if err != nil {
			t.Fatal(err)
		}
		elapsedBetween(t, epoch, 40*time.Second, 48*time.Second)
		if got.Status != "Success" && got.Status != "Failed" || countOf(got.CompletedCount) != 7 || countOf(got.ErrorCount) != 1 || got.Comment != "deploy" || !got.Ended() || got.Succeeded() {
			t.Errorf("%+v", got)
		}
		if !got.RequestedDateTime.Equal(epoch) {
			t.Errorf("requested %s", got.RequestedDateTime)
		}
		server.Reset()
		if _, err := reader.Command(t.Context(), commandQuery()); err != nil || server.Count("") != 1 {
			t.Errorf("%v, %d requests for a command that has ended", err, server.Count(""))
		}
	})
}

func TestCommandThatDoesNotExist(t *testing.T) {
	for name, c := range map[string]struct {
		faults []fakeaws.Fault
		known  bool
	}{
		"both lists are empty": {},
		"the rows are denied":  {faults: []fakeaws.Fault{{Kind: fakeaws.AccessDenied, Operation: "ListCommandInvocations", Times: -1}}, known: true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, fakeaws.Script{Faults: c.faults})
				_, err := reader.Command(t.Context(), commandQuery())
				elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
				if missing, ok := err.(*NotFoundError); !ok || missing.CommandUnknown() == c.known { //nolint:errorlint // The very type is the contract.
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// history is n finished commands, one a minute before the start.
func history(n int) []fakeaws.Command {
	var all []fakeaws.Command
	for i := range n {
		all = append(all, fakeaws.Command{
			CommandID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), SentAt: fakeaws.Seconds(-60 * (i + 1)),
			Comment: fmt.Sprint("nightly ", i%10), Invocations: []fakeaws.Invocation{{InstanceID: node}},
		})
	}
	return all
}

// The front door for people who send with the AWS CLI: the comment is the one thing
// a sender can choose and a reader can look for.
func TestCommandByComment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fakeaws.Command{CommandID: command, Comment: "deploy 7", ListedAfter: 6, Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{done(0, 20, "")}}}}
		reader, server := serve(t, fakeaws.Script{Commands: append(history(1000), c)})
		got, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "deploy 7" }))
		if err != nil || got.CommandID != command || got.Status != "Success" {
			t.Fatalf("%+v, %v", got, err)
		}
		// One walk through the history, and after that only what is new.
		if n := server.Count(""); n < 21 || n > 40 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestCommandByCommentNarrowed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(3000)})
		after := epoch.Add(-11 * time.Minute).Format(time.RFC3339)
		got, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment, q.InvokedAfter = "", "nightly 3", after }))
		if err != nil || got.CommandID != history(4)[3].CommandID || server.Count("") != 1 {
			t.Errorf("%+v, %v, %d requests", got, err, server.Count(""))
		}
	})
}

func TestSeveralCommandsWithTheComment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, fakeaws.Script{Commands: history(25)})
		q := commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "nightly 3" })
		_, err := reader.Command(t.Context(), q)
		several, ok := err.(*SeveralCommandsError) //nolint:errorlint // The very type is the contract.
		if !ok || len(several.Commands) != 3 || several.Commands[0].CommandID != history(4)[3].CommandID {
			t.Fatalf("%+v", err)
		}
		q.MostRecent = true
		if got, err := reader.Command(t.Context(), q); err != nil || got.CommandID != several.Commands[0].CommandID {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestCommentThatDoesNotExist(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(500)})
		_, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "no such comment" }))
		elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
		if missing, ok := err.(*NotFoundError); !ok || !missing.CommandUnknown() || server.Count("") > 30 { //nolint:errorlint // The very type is the contract.
			t.Errorf("%v after %d requests", err, server.Count(""))
		}
	})
}

func TestCommands(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(130), PageSize: 40}, func(*Options) {})
		all, err := reader.Commands(t.Context(), CommandsQuery{InstanceID: node, Timeout: time.Minute})
		if err != nil || len(all) != 130 || server.Count("") != 4 {
			t.Fatalf("%d commands, %v, %d requests", len(all), err, server.Count(""))
		}
		var ids []string
		for _, c := range all[:3] {
			ids = append(ids, c.CommandID[:8])
		}
		if diff := cmp.Diff([]string{"00000000", "00000001", "00000002"}, ids); diff != "" {
			t.Error(diff)
		}
		server.Reset()
		some, err := reader.Commands(t.Context(), CommandsQuery{MaxResults: 45, Timeout: time.Minute})
		if diff := cmp.Diff(all[:45], some); err != nil || diff != "" || server.Count("") != 2 {
			t.Errorf("%v, %d requests\n%s", err, server.Count(""), diff)
		}
	})
}

// The same rows in another order are the same answer.
func TestOrderOfTheAnswersDoesNotMatter(t *testing.T) {
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

func TestOutputTruncated(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		output string
		want   bool
	}{
		"short":                   {"hello\n", false},
		"at the limit":            {x("x", 2500), true},
		"standard output was cut": {x("x", 2400) + outputMarker + "\n----------ERROR-------\n" + x("e", 49), true},
		"standard error was cut":  {x("x", 2498-len(errorMarker)) + errorMarker, true},
		"short, ends like a mark": {"a" + errorMarker, false},
		"short, contains a mark":  {outputMarker + "a", false},
	} {
		if got := outputTruncated(c.output); got != c.want {
			t.Errorf("%s (%d bytes): %t", name, len(c.output), got)
		}
	}
}
