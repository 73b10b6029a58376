// SPDX-License-Identifier: MPL-2.0

// Package awscall makes calls to AWS: each with a bounded number of attempts and bodies of bounded
// size, cut off when the service is silent, and with every failure classified.
//
// A [Session] makes the calls of one operation to one service, and keeps how they went: whether
// the service was ever reached, how many attempts failed in a row, and whether the credentials
// were renewed. Whether a failed call is worth repeating is its decision, see [Session.Retry].
package awscall

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Bounds of one call. The SDK's own bounds are those of a server program: a back-off of 20 s, and
// no limit at all to how long an accepted connection may stay silent.
const (
	// DefaultAttempts bounds the attempts of one call.
	DefaultAttempts = 3
	// LongestBackoff bounds the pause between two attempts of one call.
	LongestBackoff = 5 * time.Second

	silenceLimit = 30 * time.Second
	// reachLimit is how long a service may stay unreachable before its first response. A wrong
	// endpoint or a closed firewall must not cost an hour.
	reachLimit = time.Minute
)

// Call is one call of an operation of a service.
type Call struct {
	// Operation is the API's name of it, such as GetCommandInvocation.
	Operation string
	// Attempts bounds the attempts; 0 is DefaultAttempts.
	Attempts int
	// Limit bounds each attempt from its beginning to the last byte of the response; 0 leaves that
	// to the service's silence.
	Limit time.Duration
	// BodyLimit bounds the body of a successful response in bytes; 0 leaves the body to be
	// streamed, by [Attempts.ReadAll].
	BodyLimit int64
	// Inspect is passed the body of a successful response before the SDK decodes it. It may be
	// nil. What it returns describes a value that the API's types cannot hold, "" for none; it
	// explains why a response does not decode.
	Inspect func(body []byte) string
}

// Attempt is one attempt of a call, as far as a log may have it: nothing of what was requested and
// nothing of what came back.
type Attempt struct {
	// Operation is the API's name, such as GetCommandInvocation.
	Operation string
	// Number counts from 1 within one call.
	Number int
	// Outcome is the HTTP status of a response, the service's error code, or "no response".
	Outcome string
	// RequestID is what AWS Support asks for; "" without a response.
	RequestID string
	// Duration is the time from sending to the last byte read.
	Duration time.Duration
}

// Do makes a call. The function calls the SDK, with the options of the attempts. Do returns nil, a
// [*CallError], a [*TooLargeError], or the error of the context; other errors that the function makes
// of a response, wrapped in [Final], are returned as they are.
func (s *Session) Do(ctx context.Context, c Call, do func(context.Context, *Attempts) error) error {
	if s.reachTimeLeft() <= 0 && s.trouble != nil {
		return s.trouble // No attempt remains; the last failure decides.
	}
	a := &Attempts{session: s, call: c}
	defer a.release()
	err := do(ctx, a)
	if err == nil {
		s.reached.Store(true)
		s.succeeded()
		return nil
	}
	if final := (*finalError)(nil); errors.As(err, &final) {
		return final.error
	}
	if large := (*TooLargeError)(nil); errors.As(err, &large) {
		return large
	}
	if ctx.Err() != nil {
		return s.ended(ctx, a)
	}
	f := newFailure(err, a)
	s.failed(f, a)
	return f
}

// Final marks an error as one that no repetition of the call can change.
func Final(err error) error { return &finalError{err} }

type finalError struct{ error }

// TooLargeError says that a response was larger than any response of the service.
type TooLargeError struct {
	// Limit is the bound in bytes.
	Limit int64
}

func (e *TooLargeError) Error() string {
	return "the response is larger than " + strconv.FormatInt(e.Limit, 10) + " bytes"
}

// Attempts are the attempts of one call. They bound each of them, report it to the observer, and
// keep what the error alone does not tell.
type Attempts struct {
	session *Session
	call    Call
	number  int
	last    error // What the latest attempt met, the end of the context aside.

	// Of the latest attempt:
	fetching bool   // Credentials are being fetched.
	readable bool   // The response was a JSON object.
	misfit   string // What [Call.Inspect] returned.
	wire     wire
	alive    func()      // Starts its time anew.
	stop     func()      // Ends it.
	silent   func() bool // Tells whether its time was over before that of the call.
}

// wire is how far a request came: by its place in the SDK's stack, and by the hooks of
// net/http/httptrace. It can be read while the attempt is under way.
type wire struct{ signed, asked, connected atomic.Bool }

// sign takes note that the request is signed and about to be sent. The connections until then were
// for credentials.
func (w *wire) sign() {
	w.asked.Store(false)
	w.connected.Store(false)
	w.signed.Store(true)
}

// Sent reports whether the service may have received the latest attempt: the request was signed,
// and it got a connection or was sent in a way that calls no hooks. It may be called from another
// goroutine while the attempt is under way. A call that returned an error may have been received
// whatever the error is, since the end of a context hides what happened to the request.
func (a *Attempts) Sent() bool {
	return a.wire.signed.Load() && (!a.wire.asked.Load() || a.wire.connected.Load())
}

// Retryer bounds the SDK's retries of this call.
func (a *Attempts) Retryer(r aws.Retryer) aws.Retryer {
	attempts := a.call.Attempts
	if attempts == 0 {
		attempts = DefaultAttempts
	}
	return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(r, a.session.attemptsLeft(attempts)), LongestBackoff)
}

// release ends what the latest attempt holds.
func (a *Attempts) release() {
	if a.stop != nil {
		a.stop()
	}
}

// begin starts the latest attempt's time. It returns false if the service was not reached in time
// and the attempt must not be made.
func (a *Attempts) begin(ctx context.Context) (context.Context, bool) {
	now := time.Now()
	if a.session.tried.IsZero() {
		a.session.tried = now
	}
	left := a.session.reachTimeLeft()
	if left <= 0 && a.last != nil {
		return nil, false
	}
	a.number++
	a.readable, a.misfit = false, ""
	a.wire.signed.Store(false)
	a.wire.asked.Store(false)
	a.wire.connected.Store(false)
	a.release()

	limited, cancel := context.WithCancel(ctx)
	silence := silenceLimit
	if a.call.Limit > 0 {
		silence = min(silence, a.call.Limit)
	}
	timer := time.AfterFunc(min(silence, max(left, time.Second)), cancel)
	a.stop = func() { timer.Stop(); cancel() }
	a.silent = func() bool { return limited.Err() != nil && ctx.Err() == nil }
	a.alive = func() {
		limit := silenceLimit
		if a.call.BodyLimit > 0 {
			// A small body that comes byte by byte is not a service that was reached.
			limit = min(limit, max(a.session.reachTimeLeft(), time.Second))
		}
		if a.call.Limit > 0 {
			limit = min(limit, a.call.Limit-time.Since(now))
		}
		timer.Reset(limit)
	}
	return limited, true
}

// end keeps what the latest attempt met, and returns the error for the SDK's retryer.
func (a *Attempts) end(ctx context.Context, begun time.Time, metadata middleware.Metadata, err error) error {
	if err != nil && a.silent() {
		err = &silentError{after: time.Since(begun)}
	}
	if a.last = err; ctx.Err() != nil {
		a.last = nil
	}
	if err != nil || a.call.BodyLimit > 0 {
		a.stop()
	}
	response := responseOf(metadata)
	if err != nil && isService(response, err) {
		a.session.reached.Store(true)
	}
	if observe := a.session.options.Observe; observe != nil {
		id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
		observe(ctx, Attempt{
			Operation: a.call.Operation,
			Number:    a.number,
			Outcome:   outcomeOf(response, err),
			RequestID: id,
			Duration:  time.Since(begun),
		})
	}
	return err
}

// responseOf returns the HTTP response of an attempt, nil if there was none: the SDK then leaves an
// empty one.
func responseOf(metadata middleware.Metadata) *smithyhttp.Response {
	response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response)
	if !ok || response.StatusCode == 0 {
		return nil
	}
	return response
}

// isService reports whether a failed attempt shows that the service is there: an error with a
// code, or a status that asks to come again. A page of HTML with another status comes from a
// proxy or a portal. Whether a 200 is a response of the service is for the caller to find out: it
// can be about something that was not requested.
func isService(response *smithyhttp.Response, err error) bool {
	return response != nil && (isLater(response.StatusCode) || errorCode(err) != "")
}

// isLater reports whether an HTTP status asks to come again.
func isLater(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// outcomeOf names what came of an attempt, without a word of its content.
func outcomeOf(response *smithyhttp.Response, err error) string {
	if code := errorCode(err); code != "" {
		return code
	}
	if response == nil {
		return "no response"
	}
	return strconv.Itoa(response.StatusCode)
}

// silentError is an attempt that was accepted and not answered in time. The SDK's retryer must see
// a fault worth another attempt, not a cancelled context.
type silentError struct{ after time.Duration }

func (e *silentError) Error() string {
	return "no complete response within " + e.after.Round(time.Second).String()
}

// RetryableError tells the SDK that another attempt is worth it.
func (*silentError) RetryableError() bool { return true }
