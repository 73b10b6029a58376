// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"errors"
	"time"
)

// unreadableGrace is how long responses that are JSON and do not decode are retried. Such a
// response does not change: a number is out of range, such as the exit code of a Windows process.
const unreadableGrace = 30 * time.Second

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
