// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// errorBodyLimit bounds the body of an error in bytes.
const errorBodyLimit = 1 << 20

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

// noTimeLeftError ends the SDK's retries with what the last attempt met.
type noTimeLeftError struct{ error }

func (e *noTimeLeftError) Unwrap() error { return e.error }

// RetryableError tells the SDK that no further attempt is to be made.
func (*noTimeLeftError) RetryableError() bool { return false }

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
		// The SDK decodes the first JSON value of a body.
		var object map[string]json.RawMessage
		a.readable = json.NewDecoder(bytes.NewReader(content)).Decode(&object) == nil
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
