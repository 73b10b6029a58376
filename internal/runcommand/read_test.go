// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestSettledInvocationCostsOneRequest(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 0, "")}}))
		time.Sleep(time.Minute)
		for range 200 {
			result := read(t, reader, ask())
			if result.Invocation.Status != "Success" || stdout(t, result) != "" {
				t.Fatalf("%+v", result.Invocation)
			}
		}
		if server.Count("GetCommandInvocation") != 200 || server.Count("") != 200 {
			t.Errorf("%d requests, want 200", server.Count(""))
		}
	})
}

func TestWaitsThroughEverythingThatComesBeforeTheEnd(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(fakeaws.Invocation{VisibleAfter: 3, Steps: []fakeaws.Step{{
			Timeline: []fakeaws.Moment{
				{At: 3, Status: "InProgress"}, {At: 10, Status: "Pending", StatusDetails: "Delayed"},
				{At: 100, Status: "Cancelling", StatusDetails: "Cancelling"}, {At: 200, Status: "Delayed", StatusDetails: "Delayed"},
				{At: 300, Status: "Rebooting", StatusDetails: "New"}, {At: 400, Status: "InProgress"},
				{At: 3000, Status: "Failed"},
			},
			StandardOutput: "out\n", StandardError: "err\n", ResponseCode: fakeaws.Code(7),
		}}}))
		start := time.Now()
		result := read(t, reader, ask())
		elapsedBetween(t, start, 3000*time.Second, 3010*time.Second)
		i := result.Invocation
		if i.Status != "Failed" || *i.ResponseCode != 7 || stdout(t, result) != "out\n" || *i.StandardError.Content == "" {
			t.Errorf("%+v", i)
		}
		if n := server.Count(""); n > 420 {
			t.Errorf("%d requests in 50 minutes", n)
		}
	})
}

// An end is noticed late by at most max(1 s, a fifth of the run time), and never
// more than 10 s.
func TestEndIsNoticedInTime(t *testing.T) {
	for _, run := range []fakeaws.Seconds{0.2, 0.9, 1.5, 2, 3, 5, 8, 13, 21, 34, 55, 90, 240, 601, 3000} {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, run, "x")}}))
				start := time.Now()
				read(t, reader, ask())
				bound := min(max(run.Duration()/5, time.Second), 10*time.Second)
				if late := time.Since(start) - run.Duration(); late < 0 || late > bound {
					t.Errorf("noticed %s late, want at most %s", late, bound)
				}
			})
		})
	}
}

// One hundred seeded runs of faults, each in front of an invocation that is itself
// late: all come out right.
func TestRandomFaultsNeverChangeTheAnswer(t *testing.T) {
	kinds := []fakeaws.FaultKind{
		fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.TooManyRequests, fakeaws.Drop, fakeaws.CutBody,
		fakeaws.Empty200, fakeaws.WrongCommand, fakeaws.HTML200, fakeaws.DoesNotExist,
	}
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				var faults []fakeaws.Fault
				for range random.IntN(13) {
					fault := fakeaws.Fault{Kind: kinds[random.IntN(len(kinds))], Skip: random.IntN(2)}
					if fault.Kind == fakeaws.DoesNotExist {
						fault.Operation = "GetCommandInvocation" // No other operation says so.
					}
					faults = append(faults, fault)
				}
				output := fmt.Sprintf("output of seed %d\n", seed)
				end := fakeaws.Seconds(random.Float64() * 300)
				reader, _ := serve(t, sent(fakeaws.Invocation{
					VisibleAfter: fakeaws.Seconds(random.Float64() * 20),
					Steps:        []fakeaws.Step{done(0, end, output)},
				}, faults...))
				result := read(t, reader, ask())
				if result.Invocation.Status != "Success" || stdout(t, result) != output || *result.Invocation.ResponseCode != 0 {
					t.Errorf("faults %v: %+v", faults, result.Invocation)
				}
			})
		})
	}
}

// Output can arrive after the status that says the step has ended.
func TestLateOutput(t *testing.T) {
	virtual(t, func(t *testing.T) {
		late := done(0, 5, "late\n")
		late.OutputLag = 1.5
		reader, server := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{late}}))
		if got := stdout(t, read(t, reader, ask())); got != "late\n" {
			t.Errorf("%q", got)
		}
		server.Reset()
		if read(t, reader, ask()); server.Count("") != 1 {
			t.Error("an invocation that had ended before was looked at twice")
		}
	})
}

func TestEmptyOutputIsBelievedAfterOneMoreLook(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 2.5, "")}}))
		start := time.Now()
		if got := stdout(t, read(t, reader, ask())); got != "" {
			t.Errorf("%q", got)
		}
		elapsedBetween(t, start, 3500*time.Millisecond, 5*time.Second)
	})
}

// The second look is for output that may be late: it does not hold a result that
// is there hostage to an outage, nor to the deadline.
func TestSecondLookIsBounded(t *testing.T) {
	for name, limit := range map[string]time.Duration{"an outage": time.Hour, "the deadline": 4 * time.Second} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 2.5, "")}},
					fakeaws.Fault{Kind: fakeaws.HTML503, From: 3.5, Times: -1}))
				start := time.Now()
				if result := read(t, reader, ask(within(limit))); result.Invocation.Status != "Success" {
					t.Errorf("%+v", result)
				}
				elapsedBetween(t, start, 3*time.Second, 50*time.Second)
			})
		})
	}
}

func TestNoWaitTakesWhatIsThere(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, sent(fakeaws.Invocation{VisibleAfter: 2, Steps: []fakeaws.Step{done(0, 500, "x")}}))
		result := read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = true }))
		i := result.Invocation
		if i.Status != "InProgress" || i.StandardOutput.Content != nil || *i.ResponseCode != -1 || i.ExecutionStart != "" {
			t.Errorf("%+v", i)
		}
		if n := server.Count(""); n > 4 {
			t.Errorf("%d requests", n)
		}
	})
}

// The read's whole time is used: an end that comes just before the deadline is seen.
func TestLastLookBeforeTheDeadline(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 58.5, "x")}}))
		if result := read(t, reader, ask(within(time.Minute))); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
	})
}

func TestReadsInParallelShareAReader(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command}}}
		for n := range 60 {
			script.Commands[0].Invocations = append(script.Commands[0].Invocations, fakeaws.Invocation{
				InstanceID: fmt.Sprintf("i-%017d", n),
				Steps:      []fakeaws.Step{done(0, fakeaws.Seconds(n), fmt.Sprintf("node %d", n))},
			})
		}
		reader, _ := serve(t, script)
		var group sync.WaitGroup
		for n := range 60 {
			group.Go(func() {
				result, err := reader.Invocation(t.Context(), ask(func(q *InvocationQuery) { q.InstanceID = fmt.Sprintf("i-%017d", n) }))
				if err != nil || *result.Invocation.StandardOutput.Content != fmt.Sprintf("node %d", n) {
					t.Errorf("node %d: %v %+v", n, err, result)
				}
			})
		}
		group.Wait()
	})
}

// A TRACE log is fed from here: what Observe is told must not hold a word of what
// was asked or answered.
func TestObserveIsToldOfEveryAttemptAndNothingElse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var calls []string
		reader, server := serve(t, sent(fakeaws.Invocation{VisibleAfter: 12, Steps: []fakeaws.Step{done(0, 15, "secret")}},
			fakeaws.Fault{Kind: fakeaws.Throttle}, fakeaws.Fault{Kind: fakeaws.Drop}), func(o *Options) {
			o.Observe = func(_ context.Context, c awscall.Attempt) {
				if c.Outcome != "no response" && c.RequestID == "" {
					t.Errorf("%+v has no request id", c)
				}
				calls = append(calls, fmt.Sprintf("%s %d %s", c.Operation, c.Number, c.Outcome))
			}
		})
		read(t, reader, ask())
		want := []string{"GetCommandInvocation 1 ThrottlingException", "GetCommandInvocation 2 no response", "GetCommandInvocation 3 InvocationDoesNotExist"}
		if diff := cmp.Diff(want, calls[:3]); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(strings.Join(calls, "\n"), "ListCommandInvocations 1 200") {
			t.Error("requests to the list operations are not observed")
		}
		if len(calls) != server.Count("") {
			t.Errorf("%d calls were observed, %d were made", len(calls), server.Count(""))
		}
		if last := calls[len(calls)-1]; last != "GetCommandInvocation 1 200" {
			t.Errorf("last call: %s", last)
		}
	})
}
