// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

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
		late.OutputLag = 1
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

// The recorded response in each situation, and the values that a read returns. The fake's own tests
// compare its responses with the recorded bytes.
func TestRecordedStates(t *testing.T) {
	moments := func(m ...fakeaws.Moment) []fakeaws.Moment { return m }
	running := fakeaws.Moment{At: 1, Status: "InProgress"}
	end := func(status, details string) []fakeaws.Moment {
		return moments(running, fakeaws.Moment{At: 20, Status: status, StatusDetails: details})
	}
	for name, c := range map[string]struct {
		step            fakeaws.Step
		noWait          bool
		status, details string
		code            int32
		started         bool
		output, errors  *string
	}{
		"just accepted": {step: fakeaws.Step{Timeline: moments(running)}, noWait: true,
			status: "InProgress", details: "InProgress", code: -1},
		"the agent cannot be reached": {step: fakeaws.Step{Timeline: moments(fakeaws.Moment{Status: "Pending", StatusDetails: "Delayed"})}, noWait: true,
			status: "Pending", details: "Delayed", code: -1},
		"queued": {step: fakeaws.Step{Timeline: moments(fakeaws.Moment{Status: "Pending"})}, noWait: true,
			status: "Pending", details: "Pending", code: -1},
		"just after CancelCommand": {step: fakeaws.Step{Timeline: moments(running), StandardOutput: "before-cancel\n"}, noWait: true,
			status: "InProgress", details: "InProgress", code: -1},
		"success": {step: fakeaws.Step{Timeline: end("Success", ""), StandardOutput: "native-stdout\n", StandardError: "native-stderr\n"},
			status: "Success", details: "Success", started: true, output: aws.String("native-stdout\n"), errors: aws.String("native-stderr\n")},
		"exit 7": {step: fakeaws.Step{Timeline: end("Failed", ""), StandardOutput: "failed-stdout\n", StandardError: "failed-stderr\nfailed to run commands: exit status 7", ResponseCode: fakeaws.Code(7)},
			status: "Failed", details: "Failed", code: 7, started: true, output: aws.String("failed-stdout\n"), errors: aws.String("failed-stderr\nfailed to run commands: exit status 7")},
		"executionTimeout reached": {step: fakeaws.Step{Timeline: end("TimedOut", "ExecutionTimedOut"), StandardOutput: "before-timeout\n"},
			status: "TimedOut", details: "ExecutionTimedOut", code: 137, started: true, output: aws.String("before-timeout\n"), errors: aws.String("")},
		"never delivered": {step: fakeaws.Step{Timeline: end("TimedOut", "DeliveryTimedOut")},
			status: "TimedOut", details: "DeliveryTimedOut", code: -1, output: aws.String(""), errors: aws.String("")},
		"cancelled while running": {step: fakeaws.Step{Timeline: end("Cancelled", ""), StandardOutput: "before-cancel\n"},
			status: "Cancelled", details: "Cancelled", code: 137, started: true, output: aws.String("before-cancel\n"), errors: aws.String("")},
		"terminated by an alarm": {step: fakeaws.Step{Timeline: end("Failed", "Terminated")},
			status: "Failed", details: "Terminated", code: -1, output: aws.String(""), errors: aws.String("")},
		"undeliverable": {step: fakeaws.Step{Timeline: end("Failed", "Undeliverable")},
			status: "Failed", details: "Undeliverable", code: -1, output: aws.String(""), errors: aws.String("")},
		"wrong platform": {step: fakeaws.Step{Timeline: end("Failed", "InvalidPlatform"), ResponseCode: fakeaws.Code(-1)},
			status: "Failed", details: "InvalidPlatform", code: -1, output: aws.String(""), errors: aws.String("")},
		"no access to the node": {step: fakeaws.Step{Timeline: end("Failed", "AccessDenied"), ResponseCode: fakeaws.Code(-1)},
			status: "Failed", details: "AccessDenied", code: -1, output: aws.String(""), errors: aws.String("")},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{c.step}}))
				time.Sleep(1500 * time.Millisecond)
				i := read(t, reader, ask(func(q *InvocationQuery) { q.NoWait = c.noWait })).Invocation
				if i.Status != c.status || i.StatusDetails != c.details || i.ResponseCode == nil || *i.ResponseCode != c.code {
					t.Errorf("status %s, details %s, code %v", i.Status, i.StatusDetails, i.ResponseCode)
				}
				if i.PluginName != shell || i.DocumentName != "AWS-RunShellScript" || i.DocumentVersion != "$DEFAULT" {
					t.Errorf("%+v", i)
				}
				if got := i.ExecutionStart != "" && i.ExecutionElapsed != "" && i.ExecutionEnd != ""; got != c.started && c.code != -1 {
					t.Errorf("start %q, elapsed %q, end %q", i.ExecutionStart, i.ExecutionElapsed, i.ExecutionEnd)
				}
				for _, s := range []struct {
					got, want *string
				}{{i.StandardOutput.Content, c.output}, {i.StandardError.Content, c.errors}} {
					if (s.got == nil) != (s.want == nil) || aws.ToString(s.got) != aws.ToString(s.want) {
						t.Errorf("content %q, want %q", aws.ToString(s.got), aws.ToString(s.want))
					}
				}
			})
		})
	}
}

// Text is returned as it is, except bytes that are not UTF-8. Truncated text is reported as
// truncated.
func TestOutputText(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		out, err       string
		outCut, errCut bool
		wantOut        string
	}{
		"Windows line ends, NUL, controls": {out: "a\r\nb\x00\x1b[0m\u0001\n", wantOut: "a\r\nb\x00\x1b[0m\u0001\n"},
		"bytes that are not UTF-8":         {out: "a\xffb", wantOut: "a\uFFFDb"},
		"one line of 64 KiB":               {out: x("x", 70000), outCut: true, wantOut: x("x", 24000-len(agentMarker)) + agentMarker},
		"a rune split by the cut":          {out: x("x", 23979) + x("é", 500), outCut: true, wantOut: x("x", 23979) + "\uFFFD" + agentMarker},
		"an error stream that was cut":     {err: x("e", 9000), errCut: true},
		"just below both limits":           {out: x("x", 23999), err: x("e", 7999), wantOut: x("x", 23999)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, replaced := range []bool{false, true} {
				virtual(t, func(t *testing.T) {
					s := done(0, 0, c.out)
					s.StandardError = c.err
					script := sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}})
					script.ReplaceInvalidUTF8 = replaced
					reader, _ := serve(t, script)
					i := read(t, reader, ask()).Invocation
					if got := *i.StandardOutput.Content; got != c.wantOut {
						t.Errorf("%d bytes: %q", len(got), got[max(0, len(got)-200):])
					}
					if i.StandardOutput.Truncated != c.outCut || i.StandardError.Truncated != c.errCut {
						t.Errorf("truncated: %t, %t", i.StandardOutput.Truncated, i.StandardError.Truncated)
					}
				})
			}
		})
	}
}

func TestCloudWatchAndS3(t *testing.T) {
	for name, c := range map[string]struct {
		config fakeaws.CloudWatchOutputConfig
		want   string
	}{
		"off":             {},
		"a group":         {fakeaws.CloudWatchOutputConfig{CloudWatchLogGroupName: "/stackd/ssm", CloudWatchOutputEnabled: true}, "/stackd/ssm"},
		"the default one": {fakeaws.CloudWatchOutputConfig{CloudWatchOutputEnabled: true}, "/aws/ssm/AWS-RunShellScript"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := sent(fakeaws.Invocation{})
				script.Commands[0].CloudWatchOutputConfig = c.config
				script.Commands[0].OutputS3BucketName = "bucket"
				reader, _ := serve(t, script)
				i := read(t, reader, ask()).Invocation
				if got := i.CloudWatchOutput; (got == nil) != (c.want == "") || got != nil && got.LogGroupName != c.want {
					t.Errorf("%+v", got)
				}
				if !strings.HasSuffix(i.StandardOutput.URL, "/stdout") || !strings.HasSuffix(i.StandardError.URL, "/stderr") {
					t.Errorf("%q %q", i.StandardOutput.URL, i.StandardError.URL)
				}
			})
		})
	}
}

// Only four statuses are terminal. The SDK's enum may grow: a new value continues, and this test
// fails until the table has it.
func TestInvocationStatuses(t *testing.T) {
	want := map[types.CommandInvocationStatus]bool{
		"Pending": false, "InProgress": false, "Delayed": false, "Cancelling": false,
		"Success": true, "Failed": true, "TimedOut": true, "Cancelled": true,
	}
	for _, s := range types.CommandInvocationStatus("").Values() {
		ended, known := want[s]
		if !known {
			t.Errorf("the table lacks status %q of the SDK", s)
		}
		if got := invocationComplete(s); got != ended {
			t.Errorf("%s: complete: %t", s, got)
		}
		delete(want, s)
	}
	if len(want) > 0 {
		t.Errorf("not in the SDK any more: %v", want)
	}
	for _, s := range []types.CommandInvocationStatus{"", "Rebooting", "success"} {
		if invocationComplete(s) {
			t.Errorf("unknown status %q is terminal", s)
		}
	}
}

func TestTruncated(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		content string
		limit   int
		want    bool
	}{
		"empty":                                    {"", standardOutputLimit, false},
		"short":                                    {"hello\n", standardOutputLimit, false},
		"one below the limit":                      {x("x", 23999), standardOutputLimit, false},
		"at the limit":                             {x("x", 24000), standardOutputLimit, true},
		"truncated by the agent":                   {x("x", 24000-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"marker, a split rune before it":           {x("x", 23997-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"short text that ends like it":             {"say " + agentMarker, standardOutputLimit, false},
		"long text that ends like it":              {x("x", 20000) + agentMarker, standardOutputLimit, false},
		"fewer characters than the limit":          {x("é", 12000), standardOutputLimit, true},
		"stderr below the limit":                   {x("x", 7999), standardErrorLimit, false},
		"stderr at the limit in bytes":             {x("x", 8000), standardErrorLimit, true},
		"stderr at the limit in characters":        {x("é", 8000), standardErrorLimit, true},
		"stderr between bytes and characters":      {x("é", 5000), standardErrorLimit, false},
		"stderr truncated inside a rune, replaced": {x("x", 7999) + "\uFFFD", standardErrorLimit, true},
		"stderr truncated inside a rune, dropped":  {x("x", 7998) + "\xe2", standardErrorLimit, true},
		"stderr truncated by the agent":            {x("✓", 7993) + x("x", 1) + agentMarker, standardErrorLimit, true},
		"short stderr that ends like it":           {agentMarker, standardErrorLimit, false},
	} {
		if got := truncated(c.content, c.limit); got != c.want {
			t.Errorf("%s (%d bytes): %t, want %t", name, len(c.content), got, c.want)
		}
	}
}

func FuzzCleanAndTruncated(f *testing.F) {
	f.Add("a\xffb", 10)
	f.Add("ééé", 3)
	f.Add("ab\xe2\x82", 5)
	f.Add("ab\uFFFD", 4)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		cleaned := clean(s)
		if !utf8.ValidString(cleaned) {
			t.Fatal("not UTF-8")
		}
		if utf8.ValidString(s) && cleaned != s {
			t.Fatal("a valid text was changed")
		}
		if clean(cleaned) != cleaned {
			t.Fatal("cleaning twice changes more")
		}
		if limit <= runeSlack || limit == standardOutputLimit {
			return
		}
		if len(s) < limit-runeSlack && truncated(s, limit) {
			t.Fatalf("%d bytes count as truncated at %d", len(s), limit)
		}
		if len(s) == limit && !truncated(s, limit) {
			t.Fatalf("%d bytes do not count as truncated at %d", len(s), limit)
		}
	})
}
