// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A rejection of the extra poll does not lose the values that were read.
func TestDeniedExtraPollKeepsTheResult(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"GetCommandInvocation": func(n int, _ string) (int, string) {
			switch n {
			case 0:
				return 200, invocationBody("InProgress", `,"ResponseCode":-1`)
			case 1:
				return 200, invocationBody("Success", `,"ResponseCode":0,"PluginName":"x"`)
			}
			return 400, `{"__type":"AccessDeniedException"}`
		}})
		if result := read(t, reader, ask()); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
	})
}

// If the entry of the node and GetCommandInvocation contradict each other about a complete
// invocation, the read ends with what both report, long before its timeout.
func TestContradictionsEnd(t *testing.T) {
	one := `{"Name":"aws:runShellScript","Status":"Success","ResponseCode":0}`
	base := func(get func(int, string) (int, string)) responses {
		return responses{
			"GetCommandInvocation":   get,
			"ListCommands":           always(200, commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)),
			"ListCommandInvocations": always(200, rowBody("Success", one)),
		}
	}
	for name, c := range map[string]struct {
		responses responses
		query     InvocationQuery
		low       time.Duration
		high      time.Duration
		says      string
	}{
		"a step that is listed":        {base(always(400, `{"__type":"InvalidPluginName"}`)), ask(step(shell)), stepGrace, time.Minute, "InvalidPluginName"},
		"the only step":                {base(always(400, `{"__type":"InvalidPluginName"}`)), ask(), stepGrace, 2 * time.Minute, "InvalidPluginName"},
		"an invocation that is listed": {base(always(400, missingBody)), ask(), contradictionGrace, contradictionGrace + 2*time.Minute, "complete (Success)"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(c.responses)
				err := refused[*UnavailableError](t, reader, c.query)
				elapsedBetween(t, epoch, c.low, c.high)
				if err.Why != GaveUpNoValues || !strings.Contains(err.Cause, c.says) {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// A response that does not decode is an error that says why. It does not change: the exit code of a
// crashed Windows process does not fit the API's integer.
func TestResponseThatDoesNotDecode(t *testing.T) {
	for name, c := range map[string]struct{ body, says string }{
		"exit code out of range":      {invocationBody("Failed", `,"ResponseCode":3221225477,"PluginName":"x"`), "ResponseCode 3221225477"},
		"exit code that is no number": {invocationBody("Failed", `,"ResponseCode":"seven","PluginName":"x"`), "does not decode"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"GetCommandInvocation": func(n int, _ string) (int, string) {
					if n < 3 {
						return 200, invocationBody("InProgress", `,"ResponseCode":-1,"PluginName":"x"`)
					}
					return 200, c.body
				}})
				err := refused[*UnavailableError](t, reader, ask())
				elapsedBetween(t, epoch, 30*time.Second, time.Minute)
				if err.Why != GaveUpUnreadable || !strings.Contains(err.Cause, c.says) || strings.Contains(err.Cause, "not the service's") {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// A response without a status is an error.
func TestInvocationWithoutAStatus(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"GetCommandInvocation": always(200, invocationBody("", `,"ResponseCode":-1,"PluginName":"x"`)), "ListCommandInvocations": always(200, noRows)})
		err := refused[*UnavailableError](t, reader, ask(within(time.Minute)))
		if err.Why != GaveUpNoValues || !strings.Contains(err.Cause, "without a status") {
			t.Errorf("%+v", err)
		}
	})
}

func TestCompletedInvocationCostsOneRequest(t *testing.T) {
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

func TestWaitsForATerminalStatus(t *testing.T) {
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

// Completion is detected within 1 second or 20% of the run time, whichever is longer, and never
// more than 10 seconds late.
func TestCompletionIsDetectedInTime(t *testing.T) {
	for _, run := range []fakeaws.Seconds{0.2, 0.9, 1.5, 2, 3, 5, 8, 13, 21, 34, 55, 90, 240, 601, 3000} {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, run, "x")}}))
				start := time.Now()
				read(t, reader, ask())
				bound := min(max(run.Duration()/5, time.Second), 10*time.Second)
				if late := time.Since(start) - run.Duration(); late < 0 || late > bound {
					t.Errorf("detected %s late, want at most %s", late, bound)
				}
			})
		})
	}
}

// 100 seeded runs of faults on an invocation that becomes visible late do not change its values.
func TestRandomFaultsDoNotChangeTheResult(t *testing.T) {
	kinds := []fakeaws.FaultKind{
		fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.TooManyRequests, fakeaws.Drop, fakeaws.TruncateBody,
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
						fault.Operation = "GetCommandInvocation" // No other operation returns this error.
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

// Output can arrive after the terminal status.
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
			t.Error("an invocation that was complete before the read was polled twice")
		}
	})
}

func TestEmptyOutputIsPolledOnceMore(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 2.5, "")}}))
		start := time.Now()
		if got := stdout(t, read(t, reader, ask())); got != "" {
			t.Errorf("%q", got)
		}
		elapsedBetween(t, start, 3500*time.Millisecond, 5*time.Second)
	})
}

// The extra poll for late output delays a result by no more than its bound, in an outage and at the
// deadline.
func TestExtraPollIsBounded(t *testing.T) {
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

func TestNoWaitReturnsTheCurrentValues(t *testing.T) {
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

// The whole time of the read is used: a completion just before the deadline is detected.
func TestLastPollBeforeTheDeadline(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 58.5, "x")}}))
		if result := read(t, reader, ask(within(time.Minute))); result.Invocation.Status != "Success" {
			t.Errorf("%+v", result)
		}
	})
}
