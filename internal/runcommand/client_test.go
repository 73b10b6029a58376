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
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// slowBody is a body that arrives slowly, and ends with its request.
type slowBody struct {
	*strings.Reader
	request *http.Request
}

func (d slowBody) Read(p []byte) (int, error) {
	time.Sleep(700 * time.Millisecond)
	if err := d.request.Context().Err(); err != nil {
		return 0, err
	}
	return d.Reader.Read(p[:1])
}

// slowTransport responds with a slowBody.
type slowTransport struct{ body string }

func (d slowTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(slowBody{strings.NewReader(d.body), r}), ContentLength: int64(len(d.body)), Request: r}, nil
}

// A response that arrives slowly is not silence.
func TestSlowResponse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader := over(slowTransport{`{"Commands":[{"CommandId":"` + command + `"}]}`})
		all, err := reader.Commands(t.Context(), CommandsQuery{Timeout: time.Hour})
		if err != nil || len(all) != 1 || time.Since(epoch) < 30*time.Second {
			t.Errorf("%v, %v after %s", all, err, time.Since(epoch))
		}
	})
}

type filling struct {
	status int
	size   int64
}

func (f filling) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: f.status, Header: http.Header{}, Body: io.NopCloser(&endlessBody{f.size}), ContentLength: -1, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// A body of any size takes a bounded amount of memory, and ends the read with an error.
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

func TestTimeout(t *testing.T) {
	t.Run("running", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: "Pending", StatusDetails: "Delayed"}}}}}))
			err := refused[*StillRunningError](t, reader, ask())
			elapsedBetween(t, epoch, time.Hour, time.Hour)
			if err.Error() != "still Pending after 1h0m0s" || err.StatusDetails != "Delayed" || !err.ExpiresAfter.Equal(epoch.Add(2*time.Hour)) || err.Trouble != nil {
				t.Errorf("%s: %+v", err, err)
			}
		})
	})
	t.Run("running, the deadline strikes inside a call", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 1e6, "")}}, fakeaws.Fault{Kind: fakeaws.Silent, From: 40, Times: -1}))
			err := refused[*StillRunningError](t, reader, ask(within(time.Minute)))
			elapsedBetween(t, epoch, time.Minute, time.Minute+5*time.Second)
			if err.Status != "InProgress" || err.Waited.Round(time.Second) < time.Minute {
				t.Errorf("%+v", err)
			}
		})
	})
	t.Run("throttled all the time", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: fakeaws.Throttle, Times: -1}))
			err := refused[*UnavailableError](t, reader, ask(within(10*time.Minute)))
			if err.Why != GaveUpTimedOut || err.Code != "ThrottlingException" {
				t.Errorf("%+v", err)
			}
		})
	})
}

// An interrupt ends a read within a second, at any stage, if it cancels the context of the read or
// that of the process.
func TestInterrupt(t *testing.T) {
	for name, script := range map[string]fakeaws.Script{
		"wait":            sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 1e6, "")}}),
		"visibility":      sent(fakeaws.Invocation{VisibleAfter: 1e6}),
		"back-off":        sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: fakeaws.HTML503, Times: -1}),
		"hung connection": sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: fakeaws.Silent, Times: -1}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, after := range []time.Duration{time.Millisecond, 700 * time.Millisecond, 28 * time.Second, 47 * time.Second} {
				virtual(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(after, cancel)
					reader, _ := serve(t, script)
					if err := refusedIn[*InterruptedError](ctx, t, reader, ask()); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					elapsedBetween(t, epoch, after, after+time.Second)

					life, end := context.WithCancel(t.Context())
					begun := time.Now()
					time.AfterFunc(after, end)
					reader, _ = serve(t, script, func(o *Options) { o.Interrupt = life })
					refused[*InterruptedError](t, reader, ask())
					elapsedBetween(t, begun, after, after+time.Second)
				})
			}
		})
	}
}

func TestParallelReadsShareAClient(t *testing.T) {
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

// Observe writes the log, so that it must not receive anything of the request or the response.
func TestObserveReceivesEveryAttempt(t *testing.T) {
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
