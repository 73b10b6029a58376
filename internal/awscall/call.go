// SPDX-License-Identifier: MPL-2.0

// Package awscall makes calls to AWS. It bounds the number of attempts of a call, the size of a
// response, and the time without a byte of the response, and it classifies every failure.
//
// A [Session] makes the calls of one operation to one service. It records whether the service has
// ever responded, how many attempts failed in a row, and whether the credentials were renewed.
// [Session.Retry] uses this to decide whether a failed call may be made again.
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

// Bounds of one call. By default, the SDK backs off for up to 20 s, and has no limit for the time
// in which an open connection transfers nothing.
const (
	// DefaultAttempts is the maximum number of attempts of one call.
	DefaultAttempts = 3
	// LongestBackoff is the maximum pause between two attempts of one call.
	LongestBackoff = 5 * time.Second

	// errorBodyLimit is the maximum size of the body of an error in bytes. The rest is ignored.
	errorBodyLimit = 1 << 20

	// silenceLimit is the maximum time without a byte of the response.
	silenceLimit = 30 * time.Second
	// reachLimit is the maximum time from the first attempt to the first response of a service.
	// With a wrong endpoint or a firewall, a read would otherwise retry until its own timeout of an
	// hour.
	reachLimit = time.Minute
)

// Options configure the calls to a service in one Region.
type Options struct {
	// MaxAttempts is the number of failed attempts in a row after which an operation fails. With 0,
	// an operation retries until its deadline.
	MaxAttempts int
	// RenewCredentials discards cached credentials, so that the next request fetches new ones. It
	// may be nil.
	RenewCredentials func()
	// Observe is called after every attempt. It may be nil.
	Observe func(context.Context, Attempt)
}

// Reach is true once a service has responded. All operations of a client share it.
type Reach struct{ atomic.Bool }

// Session makes the calls of one operation to one service. It is not safe for concurrent use.
type Session struct {
	options Options
	reached *Reach

	tried           time.Time  // When the first attempt was made.
	attempts        int        // Attempts that failed in a row.
	trouble         *CallError // The error of the latest failed call; nil after a response.
	renewed         bool       // Credentials were renewed, and no request has succeeded since.
	unreadableSince time.Time  // The first of consecutive responses that did not decode.
}

// NewSession returns a session that has made no call.
func NewSession(o Options, reached *Reach) *Session {
	return &Session{options: o, reached: reached}
}

// Call is one call of an operation of a service.
type Call struct {
	// Operation is the API's name of the operation, such as GetCommandInvocation.
	Operation string
	// Attempts is the maximum number of attempts; 0 means DefaultAttempts.
	Attempts int
	// Limit is the maximum time of each attempt, up to the last byte of the response. With 0, an
	// attempt ends only if the service sends nothing for silenceLimit.
	Limit time.Duration
	// BodyLimit is the maximum size of the body of a successful response in bytes. With 0, the body
	// is not read before it is decoded: the function passed to Do reads it with [Attempts.ReadAll].
	BodyLimit int64
	// Inspect is called with the body of a successful response before the SDK decodes the body. It
	// returns a description of a value that the SDK's types cannot hold, or "". The description is
	// part of the error if the response does not decode. Inspect may be nil.
	Inspect func(body []byte) string
}

// Do makes a call. The function do calls the SDK with the retryer and the API options of the
// attempts. The error of Do is a [*CallError], a [*TooLargeError], the error of the context, or an
// error that do wrapped in [Final].
func (s *Session) Do(ctx context.Context, c Call, do func(context.Context, *Attempts) error) error {
	if s.reachTimeLeft() <= 0 && s.trouble != nil {
		return s.trouble // No time is left for an attempt.
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
		return s.contextEnded(ctx, a)
	}
	f := newCallError(err, a)
	s.failed(f, a)
	return f
}

// Final marks an error of a response that would be the same if the call was made again.
func Final(err error) error { return &finalError{err} }

type finalError struct{ error }

// TooLargeError reports that a response is larger than [Call.BodyLimit].
type TooLargeError struct {
	// Limit is the maximum size in bytes.
	Limit int64
}

func (e *TooLargeError) Error() string {
	return "the response is larger than " + strconv.FormatInt(e.Limit, 10) + " bytes"
}

// succeeded records a response.
func (s *Session) succeeded() {
	s.attempts, s.renewed, s.trouble, s.unreadableSince = 0, false, nil, time.Time{}
}

// attemptsLeft returns the number of attempts of a call, which MaxAttempts can reduce to 1.
func (s *Session) attemptsLeft(attempts int) int {
	if limit := s.options.MaxAttempts; limit > 0 {
		return min(attempts, max(limit-s.attempts, 1))
	}
	return attempts
}

// reachTimeLeft returns the rest of reachLimit, which counts from the first attempt. It returns all
// of reachLimit if the service has responded.
func (s *Session) reachTimeLeft() time.Duration {
	if s.reached.Load() || s.tried.IsZero() {
		return reachLimit
	}
	return reachLimit - time.Since(s.tried)
}

// Attempts is the middleware that bounds the attempts of one call, and reports each attempt to
// [Options.Observe]. It records details of the latest attempt that its error does not have.
type Attempts struct {
	session *Session
	call    Call
	number  int   // Of the latest attempt; 0 before the first.
	last    error // The error of the latest attempt; nil if the end of the context caused it.

	// Of the latest attempt:
	fetching    bool   // The SDK is fetching credentials.
	content     []byte // The body of a successful response.
	unsupported string // The result of [Call.Inspect].
	progress    requestProgress
	extend      func()      // Restarts the timer of silenceLimit.
	stop        func()      // Stops the timer, and ends the context of the attempt.
	timedOut    func() bool // Reports whether the timer, and not the caller, ended the attempt.
}

// requestProgress is how far the SDK and net/http came with the request of an attempt, according to
// middleware and the hooks of net/http/httptrace. It is safe for concurrent use.
type requestProgress struct {
	signed  atomic.Bool // The request is signed.
	getConn atomic.Bool // net/http has requested a connection for it.
	gotConn atomic.Bool // net/http has a connection for it.
}

// reset begins a new attempt.
func (p *requestProgress) reset() {
	p.signed.Store(false)
	p.getConn.Store(false)
	p.gotConn.Store(false)
}

// sign records that the request is signed, and about to be sent. Until then, the connections were
// for requests that fetch credentials.
func (p *requestProgress) sign() {
	p.reset()
	p.signed.Store(true)
}

// Sent reports whether the service may have received the request of the latest attempt: the request
// was signed, and net/http got a connection for it or called no hooks. Use Sent and not the error
// of the call: if the context has ended, the error does not show whether the request was sent. Sent
// is safe for concurrent use.
func (a *Attempts) Sent() bool {
	p := &a.progress
	return p.signed.Load() && (!p.getConn.Load() || p.gotConn.Load())
}

// Retryer returns the SDK's retryer with the bounds of this call.
func (a *Attempts) Retryer(r aws.Retryer) aws.Retryer {
	attempts := a.call.Attempts
	if attempts == 0 {
		attempts = DefaultAttempts
	}
	return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(r, a.session.attemptsLeft(attempts)), LongestBackoff)
}

// ID names the middleware in the SDK's stack.
func (*Attempts) ID() string { return "WatchAttempts" }

// APIOption adds the middleware to the SDK's stack. Append it to the APIOptions of the call.
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
		stack.Finalize.Add(note("NoteSent", a.progress.sign), middleware.After),
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
		GetConn: func(string) { a.progress.getConn.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { a.progress.gotConn.Store(true) },
	})
	out, metadata, err := next.HandleFinalize(limited, in)
	return out, metadata, a.end(ctx, begun, metadata, err)
}

// release stops the timer of the latest attempt.
func (a *Attempts) release() {
	if a.stop != nil {
		a.stop()
	}
}

// begin begins an attempt and its timer, and returns the context of the attempt. It returns false
// if reachLimit is over, so that no attempt may be made.
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
	a.content, a.unsupported = nil, ""
	a.progress.reset()
	a.release()

	limited, cancel := context.WithCancel(ctx)
	silence := silenceLimit
	if a.call.Limit > 0 {
		silence = min(silence, a.call.Limit)
	}
	timer := time.AfterFunc(min(silence, max(left, time.Second)), cancel)
	a.stop = func() { timer.Stop(); cancel() }
	a.timedOut = func() bool { return limited.Err() != nil && ctx.Err() == nil }
	a.extend = func() {
		limit := silenceLimit
		if a.call.BodyLimit > 0 {
			// Bytes of the body do not count as a response before the body is complete.
			limit = min(limit, max(a.session.reachTimeLeft(), time.Second))
		}
		if a.call.Limit > 0 {
			limit = min(limit, a.call.Limit-time.Since(now))
		}
		timer.Reset(limit)
	}
	return limited, true
}

// end records the result of the latest attempt, and returns the error for the SDK's retryer.
func (a *Attempts) end(ctx context.Context, begun time.Time, metadata middleware.Metadata, err error) error {
	if err != nil && a.timedOut() {
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

// Attempt is one attempt of a call, for a log. It contains no part of the request or the response,
// which can have secrets.
type Attempt struct {
	// Operation is the API's name, such as GetCommandInvocation.
	Operation string
	// Number counts from 1 within one call.
	Number int
	// Outcome is the HTTP status of a response, the service's error code, or "no response".
	Outcome string
	// RequestID identifies the request for AWS Support; "" without a response.
	RequestID string
	// Duration is the time from the beginning of the attempt to the last byte that was read.
	Duration time.Duration
}

// outcomeOf returns the [Attempt.Outcome].
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

// responseOf returns the HTTP response of an attempt, or nil if there was none. Without a response,
// the SDK sets an empty one.
func responseOf(metadata middleware.Metadata) *smithyhttp.Response {
	response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response)
	if !ok || response.StatusCode == 0 {
		return nil
	}
	return response
}

// boundBody reads a body up to its limit, before the SDK decodes the body.
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
	// The SDK reads the rest of a body before it closes the body. Replace the body, which may never
	// end.
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
			a.unsupported = a.call.Inspect(content)
		}
	}
	rest.Reset(content)
	return out, metadata, nil
}

// ReadAll reads a body that the SDK returns as a stream. Each read restarts the timer of
// silenceLimit, so that a large body has no time limit of its own.
func (a *Attempts) ReadAll(body io.Reader) ([]byte, error) {
	content, err := io.ReadAll(readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		a.extend()
		return n, err
	}))
	if err != nil && a.timedOut() {
		err = &silentError{after: silenceLimit}
	}
	if err != nil {
		a.last = err
	}
	return content, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Reached records that a response comes from the service, before its body is read. Afterwards
// reachLimit has no effect.
func (a *Attempts) Reached() { a.session.reached.Store(true) }
