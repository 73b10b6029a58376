// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"errors"
	"time"
)

// unreadableGrace is the maximum time to retry after JSON responses that do not decode. Most of
// them do not change, because a number is out of range, such as the exit code of a Windows process.
const unreadableGrace = 30 * time.Second

// Trouble returns the error of the latest failed call, or nil if the service has responded since.
func (s *Session) Trouble() *CallError { return s.trouble }

// FailedAttempts returns the number of attempts that failed in a row.
func (s *Session) FailedAttempts() int { return s.attempts }

// GaveUp is the reason not to make a call again.
type GaveUp int

// The reasons not to make a call again.
const (
	NotRetryable GaveUp = iota // The service rejected the request or the credentials.
	Unreached                  // The service has never responded, for reachLimit.
	Unreachable                // The host name does not exist, or its certificate does not verify.
	Unreadable                 // Responses did not decode, for unreadableGrace.
	Exhausted                  // MaxAttempts attempts failed in a row.
)

// Retry decides whether a failed call may be made again. If again is true, the caller makes the
// call no later than at by, unless that is zero. Otherwise, why is the reason. Retry renews expired
// credentials, once until a request succeeds.
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
			return false, by, NotRetryable
		}
		s.renewed = true
		s.options.RenewCredentials()
		return true, by, 0
	case CredentialsInvalid, Misconfigured, Denied, Rejected:
	}
	return false, by, NotRetryable
}

// failed records a failed call.
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
		s.succeeded() // The service responded, and the signature was valid.
	}
}

// errNoResponse is the error of an attempt that was in progress when the context ended.
var errNoResponse = errors.New("no response before the time was over")

// contextEnded records a call that failed because its context ended, possibly between two attempts.
// It returns the error of the last attempt before that, or else the error of an earlier call. Both
// are more specific than the error of the context, which it returns if no attempt was made.
func (s *Session) contextEnded(ctx context.Context, a *Attempts) error {
	switch {
	case a.last != nil:
		s.trouble = newCallError(a.last, a)
		s.attempts += a.number
	case s.trouble == nil && a.number > 0:
		s.trouble = &CallError{Kind: Unavailable, Operation: a.call.Operation, err: errNoResponse}
	}
	if s.trouble != nil {
		return s.trouble
	}
	return ctx.Err()
}
