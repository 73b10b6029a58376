// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/text/unicode/norm"
)

// Responses that contradict each other, that are about something else, or that no service would
// send. None of them may become a value, and each has an end.

// A comment is found in whatever normalization form it was sent. Terraform makes NFC of every
// string; file names of macOS and what is pasted from them are NFD.
func TestCommentIsComparedInOneNormalizationForm(t *testing.T) {
	const comment = "d\u00e9ploiement 4.2"
	for _, sent := range []string{norm.NFC.String(comment), norm.NFD.String(comment)} {
		virtual(t, func(t *testing.T) {
			reader, _ := replying(answers{"ListCommands": always(200, commandBody("Success", fmt.Sprintf(`,"Comment":%q,"TargetCount":1,"CompletedCount":1`, sent)))})
			found, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", comment }))
			if err != nil || found.CommandID != command || found.Comment != sent {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

// A list of other commands does not say that Systems Manager has no record of this one.
func TestListOfOtherCommandsSaysNothing(t *testing.T) {
	foreign := strings.ReplaceAll(commandBody("Success", ""), command, otherID)
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"GetCommandInvocation": always(400, missingBody), "ListCommands": always(200, foreign), "ListCommandInvocations": always(200, noRows)})
		err := refused[*UnavailableError](t, reader, ask(within(10*time.Minute)))
		if !strings.Contains(err.Cause, otherID) {
			t.Errorf("%+v", err)
		}
	})
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": always(200, foreign), "ListCommandInvocations": always(200, noRows)})
		_, err := reader.Command(t.Context(), commandQuery())
		var missing *NotFoundError
		if err == nil || errors.As(err, &missing) {
			t.Errorf("%v", err)
		}
		elapsedBetween(t, epoch, 55*time.Second, 70*time.Second)
	})
}

// Counts and entries are eventually consistent, each on its own. A command that is Success has
// ended on all its targets; fewer entries, or none, are late ones.
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
				reader, _ := replying(answers{"ListCommands": always(200, c.command), "ListCommandInvocations": c.rows})
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
			reader, _ := replying(answers{
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

// A number that a response does not have is not 0.
func TestAbsentNumbersAreNil(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{
			"ListCommands":           always(200, commandBody("Failed", `,"TargetCount":1,"CompletedCount":1,"errorcount":3,"DeliveryTimedOutCount":null`)),
			"ListCommandInvocations": always(200, rowBody("Failed", `{"Name":"one","Status":"Failed"},{"Name":"two","Status":"Failed","ResponseCode":0},{"Name":"three","Status":"Failed","ResponseCode":null}`)),
		})
		c, err := reader.Command(t.Context(), commandQuery())
		if err != nil || c.TargetCount == nil || *c.TargetCount != 1 || c.ErrorCount != nil || c.DeliveryTimedOutCount != nil {
			t.Errorf("%+v, %v", c, err)
		}
		result, err := reader.Invocations(t.Context(), fleetQuery())
		if err != nil || len(result.Invocations) != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		if steps := result.Invocations[0].Steps; steps[0].ResponseCode != nil || steps[1].ResponseCode == nil || *steps[1].ResponseCode != 0 || steps[2].ResponseCode != nil {
			t.Errorf("%+v", steps)
		}
	})
	// The SDK takes the first JSON value of a body, and every 2xx for a success.
	for name, answer := range map[string]func(int, string) (int, string){
		"something behind the body": always(200, got("Failed", `,"ResponseCode":7,"PluginName":"x"`)+`{"garbage`),
		"status 202":                always(202, got("Failed", `,"ResponseCode":7,"PluginName":"x"`)),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(answers{"GetCommandInvocation": answer})
				if i := read(t, reader, ask()).Invocation; i.ResponseCode == nil || *i.ResponseCode != 7 {
					t.Errorf("%+v", i)
				}
			})
		})
	}
}

// A response to a request without a step that names no step may be about several, whatever exit
// code it has.
func TestResponseWithoutAStepIsComparedWithTheSteps(t *testing.T) {
	for _, code := range []string{"0", "-1"} {
		virtual(t, func(t *testing.T) {
			reader, _ := replying(answers{
				"GetCommandInvocation":   always(200, got("Success", `,"PluginName":"","ResponseCode":`+code)),
				"ListCommandInvocations": always(200, rowBody("Success", twoSteps)),
			})
			if result := read(t, reader, ask()); result.StepNameNeeded == nil || result.Invocation.ResponseCode != nil || result.Invocation.StandardOutput.Content != nil {
				t.Errorf("%+v", result)
			}
		})
	}
}

// A 200 that is not about what was requested shows no service: the first minute counts.
func TestResponseAboutSomethingElseIsNoService(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":            "",
		"an empty object":    `{}`,
		"another object":     `{"ok":true}`,
		"a throttle":         `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
		"HTML":               `<html>log in</html>`,
		"another command":    strings.ReplaceAll(got("Success", ""), command, otherID),
		"a nameless command": strings.ReplaceAll(got("Success", ""), command, ""),
		"another step":       got("Success", `,"PluginName":"AWS:RUNSHELLSCRIPT"`),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(answers{"GetCommandInvocation": always(200, body)})
				err := refused[*UnavailableError](t, reader, ask(step(shell)))
				elapsedBetween(t, epoch, 55*time.Second, 65*time.Second)
				if err.Why != GaveUpUnreached || strings.Contains(err.Cause, ", .") || strings.Contains(err.Cause, ",.") {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// delayedTokens is a retryer that lets no request through for a while, as the adaptive one does for
// the reads beside one that is throttled.
type delayedTokens struct {
	*retry.Standard
	until *time.Time
}

func (d delayedTokens) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	select {
	case <-time.After(time.Until(*d.until)):
		return d.Standard.GetAttemptToken(ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A read whose requests are held back on this side has not found the service unreachable.
func TestRequestsThatAreHeldBackAreNoAttempts(t *testing.T) {
	for name, held := range map[string]time.Duration{"for a while": 100 * time.Second, "until the end": time.Hour} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				until := time.Now().Add(held)
				asked := map[string]int{}
				client := ssm.New(ssm.Options{
					Region:      "us-east-1",
					HTTPClient:  &http.Client{Transport: answering{answers{"GetCommandInvocation": always(200, got("Success", `,"ResponseCode":0,"PluginName":"x"`))}, asked}},
					Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
					Retryer:     delayedTokens{retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }), &until},
				})
				reader := New(client, Options{Region: "us-east-1", MaxAttempts: 2})
				if name == "for a while" {
					read(t, reader, ask())
					return
				}
				err := refused[*UnavailableError](t, reader, ask(within(5*time.Minute)))
				if err.Why != GaveUpTimedOut || err.Attempts != 0 || err.Cause != "" || asked["GetCommandInvocation"] > 0 {
					t.Errorf("%+v, %d requests", err, asked["GetCommandInvocation"])
				}
			})
		})
	}
}

// Once the service has responded to one read, another read of the same client does not take it
// for unreachable after a minute.
func TestReachedIsKnownToAllReads(t *testing.T) {
	virtual(t, func(t *testing.T) {
		start := time.Now()
		reader, _ := replying(answers{"GetCommandInvocation": func(n int, _ string) (int, string) {
			if n > 0 && time.Since(start) < 3*time.Minute {
				return 200, `<html>log in</html>`
			}
			return 200, got("Success", `,"ResponseCode":0,"PluginName":"x"`)
		}})
		read(t, reader, ask())
		read(t, reader, ask())
		elapsedBetween(t, start, 3*time.Minute, 4*time.Minute)
	})
}

// The entry of the node and GetCommandInvocation contradict each other about something that is
// complete. It ends with what both report, long before the read's time is over.
func TestContradictionsEnd(t *testing.T) {
	one := `{"Name":"aws:runShellScript","Status":"Success","ResponseCode":0}`
	base := func(get func(int, string) (int, string)) answers {
		return answers{
			"GetCommandInvocation":   get,
			"ListCommands":           always(200, commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)),
			"ListCommandInvocations": always(200, rowBody("Success", one)),
		}
	}
	for name, c := range map[string]struct {
		answers answers
		query   InvocationQuery
		low     time.Duration
		high    time.Duration
		says    string
	}{
		"a step that is listed":        {base(always(400, `{"__type":"InvalidPluginName"}`)), ask(step(shell)), stepGrace, time.Minute, "InvalidPluginName"},
		"the only step":                {base(always(400, `{"__type":"InvalidPluginName"}`)), ask(), stepGrace, 2 * time.Minute, "InvalidPluginName"},
		"an invocation that is listed": {base(always(400, missingBody)), ask(), contradictionGrace, contradictionGrace + 2*time.Minute, "complete (Success)"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(c.answers)
				err := refused[*UnavailableError](t, reader, c.query)
				elapsedBetween(t, epoch, c.low, c.high)
				if err.Why != GaveUpNoValues || !strings.Contains(err.Cause, c.says) {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// If no step was named and the service wants one, the only step is asked for by its name.
func TestOnlyStepIsNamed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{
			"GetCommandInvocation": func(_ int, request string) (int, string) {
				if !strings.Contains(request, `"PluginName":"deploy"`) {
					return 400, `{"__type":"InvalidPluginName"}`
				}
				return 200, got("Success", `,"ResponseCode":0,"PluginName":"deploy"`)
			},
			"ListCommandInvocations": always(200, rowBody("Success", `{"Name":"deploy","Status":"Success","ResponseCode":0}`)),
		})
		if i := read(t, reader, ask()).Invocation; i.PluginName != "deploy" || i.ResponseCode == nil {
			t.Errorf("%+v", i)
		}
	})
}

// A response that does not decode says why, and does not get better: the exit code of a Windows
// process that crashed does not fit the API's integer.
func TestResponseThatDoesNotDecode(t *testing.T) {
	for name, c := range map[string]struct{ body, says string }{
		"exit code out of range":      {got("Failed", `,"ResponseCode":3221225477,"PluginName":"x"`), "ResponseCode 3221225477"},
		"exit code that is no number": {got("Failed", `,"ResponseCode":"seven","PluginName":"x"`), "does not decode"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := replying(answers{"GetCommandInvocation": func(n int, _ string) (int, string) {
					if n < 3 {
						return 200, got("InProgress", `,"ResponseCode":-1,"PluginName":"x"`)
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

// A list that always has one more page without anything new is not read at the speed of the
// network.
func TestEndlessListIsReadSlowly(t *testing.T) {
	for name, page := range map[string]string{
		"empty pages":           `{"Commands":[],"NextToken":"%d"}`,
		"the same page forever": strings.Replace(commandBody("Success", ""), "{", `{"NextToken":"%d",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, asked := replying(answers{"ListCommands": func(n int, _ string) (int, string) { return 200, fmt.Sprintf(page, n) }})
				_, err := reader.Commands(t.Context(), CommandsQuery{Timeout: 5 * time.Minute})
				if n := asked["ListCommands"]; err == nil || n > 320 || n < 250 {
					t.Errorf("%d requests in five minutes, %v", n, err)
				}
			})
		})
	}
}

// A list that is not read to its end in time says how far it was read.
func TestListOutOfTimeSaysHowFarItCame(t *testing.T) {
	page := func(n int, _ string) (int, string) {
		time.Sleep(300 * time.Millisecond)
		return 200, fmt.Sprintf(`{"NextToken":"%d","Commands":[{"CommandId":"%08d-1111-4111-8111-111111111111","Status":"Success","Comment":"another"}]}`, n, n)
	}
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": page})
		_, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment, q.Timeout = "", "x", 8*time.Second }))
		var unfinished *UnfinishedListError
		if !errors.As(err, &unfinished) || unfinished.Rows < 20 || unfinished.Rows > 27 {
			t.Errorf("%#v", err)
		}
	})
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"ListCommands": page})
		_, err := reader.Commands(t.Context(), CommandsQuery{Timeout: 8 * time.Second})
		var unfinished *UnfinishedListError
		if !errors.As(err, &unfinished) || unfinished.Rows < 20 || unfinished.Rows > 27 {
			t.Errorf("%#v", err)
		}
	})
}

// A response without a status is told as such.
func TestInvocationWithoutAStatus(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := replying(answers{"GetCommandInvocation": always(200, got("", `,"ResponseCode":-1,"PluginName":"x"`)), "ListCommandInvocations": always(200, noRows)})
		err := refused[*UnavailableError](t, reader, ask(within(time.Minute)))
		if err.Why != GaveUpNoValues || !strings.Contains(err.Cause, "without a status") {
			t.Errorf("%+v", err)
		}
	})
}

// filler is a body of zeros without an end.
type filler struct{ left int64 }

func (f *filler) Read(p []byte) (int, error) {
	if f.left <= 0 {
		return 0, io.EOF
	}
	clear(p)
	f.left -= int64(len(p))
	return len(p), nil
}

type filling struct {
	status int
	size   int64
}

func (f filling) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Header: http.Header{}, Body: io.NopCloser(&filler{f.size}), ContentLength: -1, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// A body of any size costs a bounded amount of memory, and ends the read with an error of ours.
func TestResponsesAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		read   func(context.Context, *Client) error
	}{
		"invocation":  {200, func(ctx context.Context, r *Client) error { _, err := r.Invocation(ctx, ask()); return err }},
		"command":     {200, func(ctx context.Context, r *Client) error { _, err := r.Command(ctx, commandQuery()); return err }},
		"invocations": {200, func(ctx context.Context, r *Client) error { _, err := r.Invocations(ctx, fleetQuery()); return err }},
		"an error":    {400, func(ctx context.Context, r *Client) error { _, err := r.Invocation(ctx, ask()); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			virtual(t, func(t *testing.T) {
				err := c.read(t.Context(), over(filling{c.status, 10 << 30}))
				var large *ResponseTooLargeError
				if c.status == 200 && !errors.As(err, &large) || err == nil {
					t.Errorf("%v", err)
				}
			})
			runtime.ReadMemStats(&after)
			if grown := int64(after.TotalAlloc-before.TotalAlloc) >> 20; grown > 400 {
				t.Errorf("%d MiB were allocated in all", grown)
			}
		})
	}
}
