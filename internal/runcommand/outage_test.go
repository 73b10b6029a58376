// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// broken is a transport that fails in one way for ever.
type broken struct{ err error }

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.err == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return nil, b.err
}

func TestServiceThatIsNeverReached(t *testing.T) {
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

// A page of HTML is some proxy or portal, not the service, unless it says "later".
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

// Once the service has answered, an outage is waited out as long as the read may take.
func TestOutageAfterTheFirstAnswer(t *testing.T) {
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

// "Later" is an answer: a throttle from the first request on is waited out too.
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

func TestOutOfTime(t *testing.T) {
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

// Only failures in a row count: a long wait meets many single ones.
func TestMaxAttemptsCountsInARow(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var faults []fakeaws.Fault
		for n := range 20 {
			faults = append(faults, fakeaws.Fault{Kind: fakeaws.InternalError, From: fakeaws.Seconds(20 * n), Times: 2})
		}
		reader, _ := serve(t, sent(fakeaws.Invocation{Steps: []fakeaws.Step{done(0, 400, "x")}}, faults...), func(o *Options) { o.MaxAttempts = 5 })
		read(t, reader, ask())
	})
}

func TestFinalAtOnce(t *testing.T) {
	check := func(kind fakeaws.FaultKind, verify func(t *testing.T, reader *Client)) {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				renewals := 0
				reader, server := serve(t, sent(fakeaws.Invocation{}, fakeaws.Fault{Kind: kind, Times: -1}), func(o *Options) { o.RenewCredentials = func() { renewals++ } })
				verify(t, reader)
				requests := 1
				if kind == fakeaws.ExpiredToken || kind == fakeaws.UnrecognizedClient {
					requests = 2 // Once more, with new credentials.
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

// An assumed role lives 15 minutes by default, a wait up to an hour: every expiry
// is renewed, as long as the new credentials work.
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

// Ctrl-C ends a read within a second, whatever it was waiting for, and whether it
// ends the read's own context or that of the process.
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
