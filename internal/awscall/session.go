// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// unreadableGrace is how long responses that are JSON and do not decode are retried. Such a
// response does not change: a number is out of range, such as the exit code of a Windows process.
const unreadableGrace = 30 * time.Second

// Options are those of a service in one Region.
type Options struct {
	// MaxAttempts is the number of failed attempts in a row after which an operation gives up; 0
	// leaves that to the operation's deadline.
	MaxAttempts int
	// RenewCredentials drops cached credentials, so that the next request fetches new ones. It
	// may be nil.
	RenewCredentials func()
	// Observe is passed every attempt. It may be nil.
	Observe func(context.Context, Attempt)
}

// Reach tells whether a service has ever responded. The operations on one client share it.
type Reach struct{ atomic.Bool }

// Session makes the calls of one operation to one service. It is for one goroutine.
type Session struct {
	options Options
	reached *Reach

	tried           time.Time  // When the first attempt was made.
	attempts        int        // Attempts that failed in a row.
	trouble         *CallError // What they met last; nil after a response.
	renewed         bool       // Credentials were renewed and have not worked since.
	unreadableSince time.Time  // The first of consecutive responses that did not decode.
}

// NewSession returns a session without any calls.
func NewSession(o Options, reached *Reach) *Session {
	return &Session{options: o, reached: reached}
}

// Trouble is what the latest calls met, nil after a response.
func (s *Session) Trouble() *CallError { return s.trouble }

// FailedAttempts is the number of attempts that failed in a row.
func (s *Session) FailedAttempts() int { return s.attempts }

// GaveUp says why a call is not repeated.
type GaveUp int

// The reasons not to repeat a call.
const (
	Answered    GaveUp = iota // The response is final: a rejection, or credentials that do not work.
	Unreached                 // There was no response at all for a minute.
	Unreachable               // The host name does not exist, or its certificate does not verify.
	Unreadable                // Responses are JSON and do not decode, for half a minute.
	Exhausted                 // MaxAttempts attempts failed in a row.
)

// Retry decides on a failed call. With again, the call may be made again, no later than at by if
// that is not zero; else why says what speaks against it. Expired credentials are renewed here,
// once until a request succeeds.
func (s *Session) Retry(f *CallError) (again bool, by time.Time, why GaveUp) {
	switch f.Kind {
	case Unavailable:
		limit := s.options.MaxAttempts
		switch {
		case limit > 0 && s.attempts >= limit:
			return false, by, Exhausted
		case !s.unreadableSince.IsZero() && time.Since(s.unreadableSince) >= unreadableGrace:
			return false, by, Unreadable
		case s.reached.Load():
			return true, by, 0
		case f.permanent:
			return false, by, Unreachable
		case s.reachTimeLeft() <= 0:
			return false, by, Unreached
		}
		return true, time.Now().Add(s.reachTimeLeft()), 0
	case CredentialsExpired:
		if s.renewed || s.options.RenewCredentials == nil {
			return false, by, Answered
		}
		s.renewed = true
		s.options.RenewCredentials()
		return true, by, 0
	case CredentialsInvalid, Misconfigured, Denied, Rejected:
	}
	return false, by, Answered
}

// succeeded takes note of a response.
func (s *Session) succeeded() {
	s.attempts, s.renewed, s.trouble, s.unreadableSince = 0, false, nil, time.Time{}
}

// failed takes note of a failed call.
func (s *Session) failed(f *CallError, a *Attempts) {
	switch f.Kind {
	case Unavailable:
		s.attempts += max(a.number, 1)
		s.trouble = f
		switch {
		case !f.unreadable:
			s.unreadableSince = time.Time{}
		case s.unreadableSince.IsZero():
			s.unreadableSince = time.Now()
		}
	case CredentialsExpired, CredentialsInvalid, Misconfigured:
	case Denied, Rejected:
		s.succeeded() // A response, and one to a request with a valid signature.
	}
}

// errNoResponse is what a request met that was under way when the time was over.
var errNoResponse = errors.New("no response before the time was over")

// ended takes note of a call that the end of its context ended, possibly between two attempts.
// What an attempt met before that says more than the end of the context; an attempt that was not
// made says nothing.
func (s *Session) ended(ctx context.Context, a *Attempts) error {
	switch {
	case a.last != nil:
		s.trouble = newFailure(a.last, a)
		s.attempts += a.number
	case s.trouble == nil && a.number > 0:
		s.trouble = &CallError{Kind: Unavailable, Operation: a.call.Operation, err: errNoResponse}
	}
	if s.trouble != nil {
		return s.trouble
	}
	return ctx.Err()
}

// attemptsLeft bounds the attempts of a call by what MaxAttempts leaves.
func (s *Session) attemptsLeft(attempts int) int {
	if limit := s.options.MaxAttempts; limit > 0 {
		return min(attempts, max(limit-s.attempts, 1))
	}
	return attempts
}

// reachTimeLeft is how long the service may still stay unreachable, counted from the first
// attempt.
func (s *Session) reachTimeLeft() time.Duration {
	if s.reached.Load() || s.tried.IsZero() {
		return reachLimit
	}
	return reachLimit - time.Since(s.tried)
}
