// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// retryUntilFinal makes calls as a poll loop does, and returns why the last one is not repeated.
func retryUntilFinal(t *testing.T, s *caller, call Call) (*CallError, GaveUp) {
	t.Helper()
	for range 1000 {
		f := s.fail(t, call)
		again, by, why := s.Retry(f)
		if !again {
			return f, why
		}
		pause := 5 * time.Second
		if !by.IsZero() {
			pause = min(pause, time.Until(by))
		}
		time.Sleep(pause)
	}
	t.Fatal("1,000 calls and no end")
	return nil, 0
}

// A service that was never reached is given up a minute after the first attempt.
func TestUnreachedAfterAMinute(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Unreachable, Times: -1})
		time.Sleep(time.Hour) // Time before the first attempt does not count.
		start := time.Now()
		if _, why := retryUntilFinal(t, s, Call{}); why != Unreached {
			t.Errorf("gave up with %d, want Unreached", why)
		}
		checkElapsed(t, start, reachLimit, reachLimit+LongestBackoff)
	})
}

// Any response of the service counts as reached, a response of something else does not.
func TestReachedByAResponseOfTheService(t *testing.T) {
	for kind, reached := range map[fakeaws.FaultKind]bool{
		fakeaws.Throttle: true, fakeaws.InternalError: true, fakeaws.HTML503: true, fakeaws.AccessDenied: true,
		fakeaws.Unreachable: false, fakeaws.Drop: false, fakeaws.HTML403: false, fakeaws.HTML200: false,
	} {
		virtual(t, func(t *testing.T) {
			s := newCaller(t, 0, fakeaws.Fault{Kind: kind, Times: -1})
			f := s.fail(t, Call{BodyLimit: 1 << 20})
			if s.reached.Load() != reached {
				t.Errorf("%s: reached %t, want %t", kind, !reached, reached)
			}
			if again, by, _ := s.Retry(f); again && by.IsZero() != reached {
				t.Errorf("%s: retry by %s", kind, by)
			}
		})
	}
}

// Sessions of one client share that the service was reached.
func TestReachIsShared(t *testing.T) {
	virtual(t, func(t *testing.T) {
		first := newCaller(t, 0)
		first.succeed(t)
		other := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Unreachable, Times: -1})
		other.reached = first.reached
		_ = other.fail(t, Call{})
		time.Sleep(time.Hour)
		if again, by, why := other.Retry(other.fail(t, Call{})); !again || !by.IsZero() {
			t.Errorf("Retry: %t by %s, %d", again, by, why)
		}
	})
}

func TestMaxAttemptsExhausted(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 7, fakeaws.Fault{Kind: fakeaws.Throttle, Times: -1})
		if _, why := retryUntilFinal(t, s, Call{}); why != Exhausted || len(s.attempts) != 7 {
			t.Errorf("gave up with %d after %d attempts, want Exhausted after 7", why, len(s.attempts))
		}
	})
}

// Expired credentials are renewed once, and again only after a response to a valid signature.
func TestCredentialsAreRenewedOnce(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.ExpiredToken, fakeaws.UnrecognizedClient} {
		virtual(t, func(t *testing.T) {
			s := newCaller(t, 0, fakeaws.Fault{Kind: kind}, fakeaws.Fault{Kind: kind, Skip: 1, Times: -1})
			first := s.fail(t, Call{})
			if again, _, _ := s.Retry(first); !again || s.renewals != 1 || first.Kind != CredentialsExpired {
				t.Errorf("%s: again %t, %d renewals, kind %d", kind, again, s.renewals, first.Kind)
			}
			s.succeed(t)
			if again, _, _ := s.Retry(s.fail(t, Call{})); !again || s.renewals != 2 {
				t.Errorf("%s after a success: again %t, %d renewals", kind, again, s.renewals)
			}
			if again, _, why := s.Retry(s.fail(t, Call{})); again || why != NotRetryable || s.renewals != 2 {
				t.Errorf("%s twice: again %t, %d, %d renewals", kind, again, why, s.renewals)
			}
		})
	}
	virtual(t, func(t *testing.T) {
		s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.ExpiredToken})
		s.options.RenewCredentials = nil
		if again, _, why := s.Retry(s.fail(t, Call{})); again || why != NotRetryable {
			t.Errorf("without RenewCredentials: again %t, %d", again, why)
		}
	})
}

// A rejection is a response: it ends the count of failed attempts, and is not retried.
func TestRejectionIsFinal(t *testing.T) {
	for kind, want := range map[fakeaws.FaultKind]Kind{
		fakeaws.AccessDenied: Denied, fakeaws.ValidationError: Rejected, fakeaws.InvalidSignature: CredentialsInvalid,
	} {
		virtual(t, func(t *testing.T) {
			s := newCaller(t, 0, fakeaws.Fault{Kind: fakeaws.Drop, Times: 3}, fakeaws.Fault{Kind: kind, Times: -1})
			_ = s.fail(t, Call{})
			f := s.fail(t, Call{})
			if again, _, why := s.Retry(f); again || why != NotRetryable || f.Kind != want || !f.Final() {
				t.Errorf("%s: again %t, %d, kind %d, want %d", kind, again, why, f.Kind, want)
			}
			if f.Kind != CredentialsInvalid && s.FailedAttempts() != 0 {
				t.Errorf("%s: %d failed attempts", kind, s.FailedAttempts())
			}
		})
	}
}

// A host name that does not exist is given up at once.
func TestUnreachableAtOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := over(transport(func(*http.Request) (*http.Response, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "ssm.us-esat-1.amazonaws.com", IsNotFound: true}
		}), 0)
		if _, why := retryUntilFinal(t, s, Call{Attempts: 1}); why != Unreachable || len(s.attempts) != 1 {
			t.Errorf("gave up with %d after %d attempts, want Unreachable after 1", why, len(s.attempts))
		}
	})
}

// JSON that does not decode is given up after half a minute: the response does not change.
func TestUnreadableAfterHalfAMinute(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := over(respond(200, text(`{"ResponseCode":3221225477}`)), 0)
		s.reached.Store(true)
		start := time.Now()
		f, why := retryUntilFinal(t, s, Call{BodyLimit: 1000})
		if why != Unreadable || f.Kind != Unavailable {
			t.Errorf("gave up with %d, kind %d, want Unreadable", why, f.Kind)
		}
		checkElapsed(t, start, unreadableGrace, unreadableGrace+LongestBackoff)
	})
}
