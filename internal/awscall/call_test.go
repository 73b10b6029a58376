// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestAttemptsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		attempts, maxAttempts int
		want                  []int // Attempts of each call; the last call is that after which Retry gives up.
	}{
		"by default":         {0, 0, []int{3, 3, 3}},
		"by the call":        {1, 0, []int{1, 1}},
		"by MaxAttempts":     {0, 4, []int{3, 1}},
		"by the smaller one": {2, 3, []int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				s := newCaller(t, c.maxAttempts, fakeaws.Fault{Kind: fakeaws.InternalError, Times: -1})
				total := 0
				for call, want := range c.want {
					f := s.fail(t, Call{Attempts: c.attempts})
					if got := len(s.attempts) - total; got != want {
						t.Errorf("call %d made %d attempts, want %d", call, got, want)
					}
					total += want
					if s.FailedAttempts() != total {
						t.Errorf("%d failed attempts after call %d, want %d", s.FailedAttempts(), call, total)
					}
					again, _, why := s.Retry(f)
					exhausted := c.maxAttempts > 0 && call == len(c.want)-1
					if again == exhausted || exhausted && why != Exhausted {
						t.Errorf("Retry after call %d: %t, %d", call, again, why)
					}
				}
			})
		})
	}
}

// MaxAttempts counts failures in a row.
func TestSuccessResetsFailedAttempts(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 4, fakeaws.Fault{Kind: fakeaws.InternalError, Times: 3})
		_ = s.fail(t, Call{})
		s.succeed(t)
		if s.FailedAttempts() != 0 || s.Trouble() != nil {
			t.Errorf("%d failed attempts, last failure %v, after a success", s.FailedAttempts(), s.Trouble())
		}
	})
}

func TestSilentServiceIsAbandoned(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Silent, Skip: 1, Times: -1})
		s.succeed(t) // The service is reached, so that the minute of the first contact does not count.
		start := time.Now()
		f := s.fail(t, Call{Attempts: 2})
		checkElapsed(t, start, 2*silenceLimit, 2*silenceLimit+LongestBackoff)
		if f.Kind != Unavailable || !strings.Contains(f.Error(), "no complete response within 30s") {
			t.Errorf("kind %d: %v", f.Kind, f)
		}
		for _, a := range s.attempts[1:] {
			if a.Duration != silenceLimit || a.Outcome != "no response" {
				t.Errorf("attempt %+v", a)
			}
		}
	})
}

// A body that stalls is silence as well. A body that keeps coming is not.
func TestSilenceInTheBody(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.StallBody, Skip: 1})
		s.succeed(t)
		start := time.Now()
		if f := s.fail(t, Call{Attempts: 1, BodyLimit: 1 << 20}); f.Kind != Unavailable {
			t.Errorf("kind %d: %v", f.Kind, f)
		}
		checkElapsed(t, start, silenceLimit, silenceLimit)
	})
	virtual(t, func(t *testing.T) {
		s := over(respond(200, func() io.Reader { return &slow{of: strings.NewReader(strings.Repeat(" ", 20) + "{}")} }), 0)
		s.reached.Store(true)
		start := time.Now()
		if err := s.get(t.Context(), Call{BodyLimit: 1 << 20}); err != nil {
			t.Error(err)
		}
		checkElapsed(t, start, 3*time.Minute, 4*time.Minute)
	})
}

// slow is a body that takes ten seconds for a byte.
type slow struct{ of io.Reader }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Second)
	return s.of.Read(p[:1])
}

// endless is a body without an end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestBodyIsBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0)
		for limit, fits := range map[int64]bool{100: false, 1 << 20: true} {
			err := s.get(t.Context(), Call{BodyLimit: limit})
			var large *TooLargeError
			if fits && err != nil || !fits && (!errors.As(err, &large) || large.Limit != limit) {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
		if len(s.attempts) != 2 {
			t.Errorf("%d attempts, want 2: a response that is too large is not requested again", len(s.attempts))
		}
	})
	for status, limit := range map[int]int64{200: 1000, 500: errorBodyLimit} {
		virtual(t, func(t *testing.T) {
			body := &endless{}
			s := over(respond(status, func() io.Reader { return body }), 0)
			if err := s.get(t.Context(), Call{Attempts: 1, BodyLimit: 1000}); err == nil {
				t.Errorf("status %d: no error", status)
			}
			if most := int(limit) + 64<<10; body.read > most {
				t.Errorf("status %d: read %d bytes, want at most %d", status, body.read, most)
			}
		})
	}
}

// Sent tells a request that was lost on this side from one whose response was lost.
func TestSentTellsWhetherTheRequestLeft(t *testing.T) {
	for kind, sent := range map[fakeaws.FaultKind]bool{
		fakeaws.Unreachable:   false,
		fakeaws.Drop:          true,
		fakeaws.Close:         true,
		fakeaws.Silent:        true,
		fakeaws.TruncateBody:  true,
		fakeaws.StallBody:     true,
		fakeaws.InternalError: true,
		fakeaws.HTML503:       true,
		fakeaws.HTML200:       true,
		fakeaws.Throttle:      true,
	} {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				f := newCaller(t, 0, fakeaws.Fault{Kind: kind, Times: -1}).fail(t, Call{Attempts: 1, BodyLimit: 1 << 20})
				if f.Sent != sent || f.Kind != Unavailable {
					t.Errorf("sent %t, kind %d, want sent %t: %v", f.Sent, f.Kind, sent, f)
				}
			})
		})
	}
	t.Run("no credentials", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			none := func(o *ssm.Options) {
				o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{}, errors.New("no credentials")
				})
			}
			s := over(respond(200, text("{}")), 0, none)
			if f := s.fail(t, Call{}); f.Sent || f.Kind != CredentialsInvalid || s.reached.Load() {
				t.Errorf("sent %t, kind %d, reached %t: %v", f.Sent, f.Kind, s.reached.Load(), f)
			}
		})
	})
	t.Run("time over", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Silent})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.get(ctx, Call{}); !errors.Is(err, errNoResponse) || s.Trouble() == nil {
				t.Errorf("error %v, last failure %v, want %v", err, s.Trouble(), errNoResponse)
			}
		})
	})
}

// The SDK's own retries of one call end a minute after the first attempt, with the failure of the
// last attempt. A later call then makes no attempt.
func TestNoTimeLeftEndsTheRetries(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Unreachable, Times: -1})
		start := time.Now()
		f := s.fail(t, Call{Attempts: 1000})
		checkElapsed(t, start, reachLimit, reachLimit+LongestBackoff)
		made := len(s.attempts)
		if made < 12 || made > 999 || !errors.Is(f, syscall.ECONNREFUSED) || f.Sent {
			t.Errorf("%d attempts, then sent %t: %v", made, f.Sent, f)
		}
		if again, _, why := s.Retry(f); again || why != Unreached {
			t.Errorf("Retry: %t, %d, want Unreached", again, why)
		}
		if next := s.fail(t, Call{}); next != f || len(s.attempts) != made {
			t.Errorf("a later call made %d attempts: %v", len(s.attempts)-made, next)
		}
	})
}

// An attempt may not outlast the minute either.
func TestSilentServiceIsUnreachedAfterAMinute(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Silent, Times: -1})
		start := time.Now()
		f := s.fail(t, Call{})
		checkElapsed(t, start, reachLimit, reachLimit+LongestBackoff)
		if again, _, why := s.Retry(f); again || why != Unreached {
			t.Errorf("Retry: %t, %d, want Unreached", again, why)
		}
	})
}

func TestFinalErrorIsReturnedAsItIs(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0)
		want := errors.New("the object is too large")
		err := s.Do(t.Context(), Call{}, func(context.Context, *Attempts) error { return Final(want) })
		if err != want { //nolint:errorlint // It must be the same error.
			t.Errorf("error %v, want %v", err, want)
		}
		if s.Trouble() != nil || s.FailedAttempts() != 0 {
			t.Errorf("it counts as a failed call: %v", s.Trouble())
		}
	})
}

// Observe receives each attempt without any content.
func TestObserve(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0,
			fakeaws.Fault{Kind: fakeaws.Unreachable}, fakeaws.Fault{Kind: fakeaws.HTML503}, fakeaws.Fault{Kind: fakeaws.AccessDenied, Skip: 1})
		s.succeed(t)
		_ = s.fail(t, Call{})
		var got []Attempt
		for _, a := range s.attempts {
			if (a.RequestID == "") != (a.Outcome == "no response") {
				t.Errorf("request ID of %+v", a)
			}
			got = append(got, Attempt{Operation: a.Operation, Number: a.Number, Outcome: a.Outcome})
		}
		const operation = "GetCommandInvocation"
		if diff := cmp.Diff([]Attempt{
			{Operation: operation, Number: 1, Outcome: "no response"},
			{Operation: operation, Number: 2, Outcome: "503"},
			{Operation: operation, Number: 3, Outcome: "200"},
			{Operation: operation, Number: 1, Outcome: "AccessDeniedException"},
		}, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
	})
}

// Inspect explains why a response does not decode.
func TestInspect(t *testing.T) {
	virtual(t, func(t *testing.T) {
		const body = `{"ResponseCode":3221225477}`
		s := over(respond(200, text(body)), 0)
		f := s.fail(t, Call{Attempts: 1, BodyLimit: 1000, Inspect: func(got []byte) string {
			if string(got) != body {
				t.Errorf("Inspect was passed %q", got)
			}
			return "ResponseCode 3221225477"
		}})
		if want := "GetCommandInvocation returned ResponseCode 3221225477, which the API's type does not hold"; f.Error() != want {
			t.Errorf("error %q, want %q", f, want)
		}
	})
}
