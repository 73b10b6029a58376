// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A 200 about something else does not count as reached: the read ends after the first minute.
func TestResponseAboutSomethingElse(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":            "",
		"an empty object":    `{}`,
		"another object":     `{"ok":true}`,
		"a throttle":         `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
		"HTML":               `<html>log in</html>`,
		"another command":    strings.ReplaceAll(invocationBody("Success", ""), command, otherID),
		"a nameless command": strings.ReplaceAll(invocationBody("Success", ""), command, ""),
		"another step":       invocationBody("Success", `,"PluginName":"AWS:RUNSHELLSCRIPT"`),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(responses{"GetCommandInvocation": always(200, body)})
				err := refused[*UnavailableError](t, reader, ask(step(shell)))
				elapsedBetween(t, epoch, 55*time.Second, 65*time.Second)
				if err.Why != GaveUpUnreached || strings.Contains(err.Cause, ", .") || strings.Contains(err.Cause, ",.") {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// delayedTokens is a retryer that delays requests, as the adaptive one does for reads that run
// parallel to a throttled one.
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

// Requests that the client delays do not make the service unreachable.
func TestDelayedRequestsAreNoAttempts(t *testing.T) {
	for name, held := range map[string]time.Duration{"for a while": 100 * time.Second, "until the end": time.Hour} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				until := time.Now().Add(held)
				asked := map[string]int{}
				api := ssm.New(ssm.Options{
					Region:      "us-east-1",
					HTTPClient:  &http.Client{Transport: scriptedTransport{responses{"GetCommandInvocation": always(200, invocationBody("Success", `,"ResponseCode":0,"PluginName":"x"`))}, asked}},
					Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
					Retryer:     delayedTokens{retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }), &until},
				})
				reader := New(api, Options{Region: "us-east-1", MaxAttempts: 2})
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

// After a response to one read, the first minute does not apply to other reads of the same client.
func TestReachIsSharedByReads(t *testing.T) {
	virtual(t, func(t *testing.T) {
		start := time.Now()
		reader, _ := responding(responses{"GetCommandInvocation": func(n int, _ string) (int, string) {
			if n > 0 && time.Since(start) < 3*time.Minute {
				return 200, `<html>log in</html>`
			}
			return 200, invocationBody("Success", `,"ResponseCode":0,"PluginName":"x"`)
		}})
		read(t, reader, ask())
		read(t, reader, ask())
		elapsedBetween(t, start, 3*time.Minute, 4*time.Minute)
	})
}

// broken is a transport that always fails in one way: with err, or silently if err is nil.
type broken struct{ err error }

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.err == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return nil, b.err
}

func TestServiceNeverReached(t *testing.T) {
	refusedConnection := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, c := range map[string]struct {
		transport http.RoundTripper
		why       GaveUp
		low, high time.Duration
		cause     string
	}{
		"refuses connections":   {broken{refusedConnection}, GaveUpUnreached, 55 * time.Second, 65 * time.Second, "connection refused"},
		"accepts and is silent": {broken{}, GaveUpUnreached, 55 * time.Second, 65 * time.Second, "no complete response"},
		"unknown host name": {broken{&net.DNSError{Err: "no such host", Name: "ssm.us-esat-1.amazonaws.com", IsNotFound: true}},
			GaveUpUnreachable, 0, 12 * time.Second, "no such host"},
		"an untrusted certificate": {broken{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}},
			GaveUpUnreachable, 0, 12 * time.Second, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				err := refused[*UnavailableError](t, over(c.transport), ask())
				elapsedBetween(t, epoch, c.low, c.high)
				if err.Why != c.why || !strings.Contains(err.Cause, c.cause) {
					t.Errorf("%d: %s", err.Why, err.Cause)
				}
			})
		})
	}
}

// A page of HTML comes from a proxy or a portal and not from the service, unless its status asks to
// retry.
func TestPortalInFrontOfTheService(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.HTML200, fakeaws.HTML403} {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: kind, Times: -1}))
				refused[*UnavailableError](t, reader, ask())
				elapsedBetween(t, epoch, 55*time.Second, 71*time.Second)
			})
		})
	}
}

// After the first response, an outage is retried until the read times out.
func TestOutageAfterTheFirstResponse(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.Drop, fakeaws.Silent, fakeaws.HTML503, fakeaws.HTML403, fakeaws.Throttle, fakeaws.Empty200} {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 100, "x\n")}},
					fakeaws.Fault{Kind: kind, From: 5, Until: 2000, Times: -1}))
				if got := stdout(t, read(t, reader, ask())); got != "x\n" {
					t.Errorf("%q", got)
				}
				elapsedBetween(t, epoch, 2000*time.Second, 2110*time.Second)
			})
		})
	}
}

// TestOutageAfterATimeHasPassed is an outage that begins when a state waits for a time of its own:
// the requests stay as far apart as in any other outage.
func TestOutageAfterATimeHasPassed(t *testing.T) {
	for name, c := range map[string]struct {
		operation string
		read      func(context.Context, *Client) error
	}{
		"an invocation": {"GetCommandInvocation", func(ctx context.Context, c *Client) error {
			_, err := c.Invocation(ctx, ask(within(20*time.Minute)))
			return err
		}},
		"a command": {"ListCommands", func(ctx context.Context, c *Client) error {
			_, err := c.Command(ctx, CommandQuery{CommandID: command, Visibility: 30 * time.Second, Timeout: 20 * time.Minute})
			return err
		}},
		"a comment": {"ListCommands", func(ctx context.Context, c *Client) error {
			_, err := c.Command(ctx, CommandQuery{Comment: "c", Visibility: 30 * time.Second, Timeout: 20 * time.Minute})
			return err
		}},
		"all invocations": {"ListCommandInvocations", func(ctx context.Context, c *Client) error {
			_, err := c.Invocations(ctx, InvocationsQuery{CommandID: command, InstanceID: node, Visibility: 30 * time.Second, Timeout: 20 * time.Minute})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, fakeaws.Script{Faults: []fakeaws.Fault{{Operation: c.operation, Kind: fakeaws.HTML503, From: 3, Times: -1}}})
				if err := c.read(t.Context(), client); err == nil {
					t.Error("it succeeded")
				}
				// A call of three attempts takes 1 to 3 seconds, and the pause after it 9 to 10.
				if n := server.Count(c.operation); n < 200 || n > 450 {
					t.Errorf("%d requests in 20 minutes", n)
				}
			})
		})
	}
}

// Throttling and server errors are responses: they are retried even as the first response.
func TestThrottledFromTheStart(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.InternalError, fakeaws.HTML503, fakeaws.TooManyRequests} {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: kind, Until: 600, Times: -1}))
				read(t, reader, ask())
			})
		})
	}
}

func TestMaxAttempts(t *testing.T) {
	for _, most := range []int{1, 2, 3, 7} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				limit := func(o *Options) { o.MaxAttempts = most }
				reader, server := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: fakeaws.Throttle, Times: most}), limit)
				err := refused[*UnavailableError](t, reader, ask())
				if err.Why != GaveUpAttempts || err.Attempts != most || server.Count("") != most {
					t.Errorf("%+v after %d requests", err, server.Count(""))
				}
				reader, _ = serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: fakeaws.Throttle, Times: most - 1}), limit)
				if most > 1 {
					read(t, reader, ask())
				}
			})
		})
	}
}

// Only consecutive failures count: a long read meets many single ones.
func TestMaxAttemptsCountsConsecutiveFailures(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var faults []fakeaws.Fault
		for n := range 20 {
			faults = append(faults, fakeaws.Fault{Kind: fakeaws.InternalError, From: fakeaws.Seconds(20 * n), Times: 2})
		}
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 400, "x")}}, faults...), func(o *Options) { o.MaxAttempts = 5 })
		read(t, reader, ask())
	})
}

func TestRejectedRequestIsNotRetried(t *testing.T) {
	check := func(kind fakeaws.FaultKind, verify func(t *testing.T, reader *Client)) {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				renewals := 0
				reader, server := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: kind, Times: -1}), func(o *Options) { o.RenewCredentials = func() { renewals++ } })
				verify(t, reader)
				requests := 1
				if kind == fakeaws.ExpiredToken || kind == fakeaws.UnrecognizedClient {
					requests = 2 // One more with new credentials.
				}
				if server.Count("") != requests || renewals != requests-1 {
					t.Errorf("%d requests, %d renewals", server.Count(""), renewals)
				}
			})
		})
	}
	check(fakeaws.AccessDenied, func(t *testing.T, reader *Client) {
		err := refused[*AccessDeniedError](t, reader, ask())
		if err.Action() != "ssm:GetCommandInvocation" || err.RequestID == "" || err.Code != "AccessDeniedException" {
			t.Errorf("%+v", err)
		}
	})
	check(fakeaws.ValidationError, func(t *testing.T, reader *Client) {
		if err := refused[*RejectedError](t, reader, ask()); err.Code != "ValidationException" || err.Message == "" || err.RequestID == "" {
			t.Errorf("%+v", err)
		}
	})
	for _, kind := range []fakeaws.FaultKind{fakeaws.InvalidSignature, fakeaws.ExpiredToken, fakeaws.UnrecognizedClient} {
		check(kind, func(t *testing.T, reader *Client) { refused[*CredentialsError](t, reader, ask()) })
	}
}

// The session of an assumed role lasts 15 minutes or more, and a read up to an hour or more.
// Credentials are renewed each time that they expire, if the new ones work.
func TestExpiredCredentialsAreRenewed(t *testing.T) {
	virtual(t, func(t *testing.T) {
		renewals := 0
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 3000, "x")}},
			fakeaws.Fault{Kind: fakeaws.ExpiredToken, From: 900}, fakeaws.Fault{Kind: fakeaws.ExpiredToken, From: 1800}),
			func(o *Options) { o.RenewCredentials = func() { renewals++ } })
		if read(t, reader, ask()); renewals != 2 {
			t.Errorf("%d renewals", renewals)
		}
	})
}
