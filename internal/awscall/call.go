// SPDX-License-Identifier: MPL-2.0

// Package awscall makes calls to AWS: each with a bounded number of attempts and bodies of bounded
// size, cut off when the service is silent, and with every failure classified.
//
// A [Session] makes the calls of one operation to one service, and keeps how they went: whether
// the service was ever reached, how many attempts failed in a row, and whether the credentials
// were renewed. Whether a failed call is worth repeating is its decision, see [Session.Retry].
package awscall

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
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

	// errorBodyLimit bounds the body of an error in bytes.
	errorBodyLimit = 1 << 20

	silenceLimit = 30 * time.Second
	// reachLimit is how long a service may stay unreachable before its first response. A wrong
	// endpoint or a closed firewall must not cost an hour.
	reachLimit = time.Minute
)

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

// succeeded takes note of a response.
func (s *Session) succeeded() {
	s.attempts, s.renewed, s.trouble, s.unreadableSince = 0, false, nil, time.Time{}
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

// Attempts are the attempts of one call. They bound each of them, report it to the observer, and
// keep what the error alone does not tell.
type Attempts struct {
	session *Session
	call    Call
	number  int
	last    error // What the latest attempt met, the end of the context aside.

	// Of the latest attempt:
	fetching bool   // Credentials are being fetched.
	content  []byte // The body of a successful response.
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

// ID names the middleware in the SDK's stack.
func (*Attempts) ID() string { return "WatchAttempts" }

// APIOption puts the attempts into the SDK's stack; append it to the APIOptions of the call.
func (a *Attempts) APIOption(stack *middleware.Stack) error {
	note := func(id string, change func()) middleware.FinalizeMiddleware {
		return middleware.FinalizeMiddlewareFunc(id,
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				change()
				return next.HandleFinalize(ctx, in)
			})
	}
	return errors.Join(
		stack.Finalize.Insert(a, "Retry", middleware.After),
		stack.Finalize.Insert(note("NoteFetching", func() { a.fetching = true }), "GetIdentity", middleware.Before),
		stack.Finalize.Insert(note("NoteFetched", func() { a.fetching = false }), "GetIdentity", middleware.After),
		stack.Finalize.Add(note("NoteSent", a.wire.sign), middleware.After),
		stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("BoundBody", a.boundBody), middleware.After),
	)
}

// HandleFinalize runs once per attempt, inside the SDK's retry loop.
func (a *Attempts) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	begun := time.Now()
	limited, ok := a.begin(ctx)
	if !ok {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, &noTimeLeftError{a.last}
	}
	limited = httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GetConn: func(string) { a.wire.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { a.wire.connected.Store(true) },
	})
	out, metadata, err := next.HandleFinalize(limited, in)
	return out, metadata, a.end(ctx, begun, metadata, err)
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
	a.content, a.misfit = nil, ""
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

// outcomeOf names what came of an attempt, without a word of its content.
func outcomeOf(response *smithyhttp.Response, err error) string {
	if err != nil {
		if code := errorCode(err); code != "" {
			return code
		}
	}
	if response == nil {
		return "no response"
	}
	return strconv.Itoa(response.StatusCode)
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

// boundBody reads a body before the SDK decodes it, up to its limit.
func (a *Attempts) boundBody(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, metadata, err
	}
	success := response.StatusCode >= http.StatusOK && response.StatusCode < http.StatusMultipleChoices
	limit := a.call.BodyLimit
	switch {
	case !success:
		limit = errorBodyLimit
	case limit == 0:
		return out, metadata, nil
	}
	content, err := a.ReadAll(io.LimitReader(response.Body, limit+1))
	// The SDK reads what is left of a body before it closes it. Nothing may be left: a body can
	// be without an end.
	rest := bytes.NewReader(nil)
	response.Body = struct {
		io.Reader
		io.Closer
	}{rest, response.Body}
	switch {
	case err != nil:
		return out, metadata, &smithy.DeserializationError{Err: err}
	case int64(len(content)) > limit && success:
		return out, metadata, &smithy.DeserializationError{Err: &TooLargeError{Limit: limit}}
	case int64(len(content)) > limit:
		content = content[:limit]
	}
	if success {
		a.content = content
		if a.call.Inspect != nil {
			a.misfit = a.call.Inspect(content)
		}
	}
	rest.Reset(content)
	return out, metadata, nil
}

// ReadAll reads a body that the SDK returns as a stream. Each byte starts the attempt's time anew,
// so that only silence ends the attempt, not length.
func (a *Attempts) ReadAll(body io.Reader) ([]byte, error) {
	content, err := io.ReadAll(readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		a.alive()
		return n, err
	}))
	if err != nil && a.silent() {
		err = &silentError{after: silenceLimit}
	}
	if err != nil {
		a.last = err
	}
	return content, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Reached tells that a response is one of the service, although its body is still to be read. From
// here on only silence ends the attempt.
func (a *Attempts) Reached() { a.session.reached.Store(true) }
