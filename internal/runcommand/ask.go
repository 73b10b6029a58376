package runcommand

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Bounds of one question. The SDK's own bounds are those of a server program: a
// back-off of 20 s, and no limit at all to how long an accepted connection may
// stay silent.
const (
	attemptsPerQuestion = 3
	longestBackoff      = 5 * time.Second
	silenceLimit        = 30 * time.Second
)

// ask puts one question to the service, in at most three attempts, and returns
// nil or a [*failure]. The call hands the options of the attempts on to the SDK.
//
// As long as the service has not answered anything, the question may not take
// longer than the first minute of the read.
func (w *wait) ask(ctx context.Context, operation string, call func(context.Context, *attempts) error) error {
	read := ctx
	if !w.answered {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(read, w.begun.Add(reachLimit))
		defer cancel()
	}
	watch := &attempts{wait: w, operation: operation}
	defer watch.release()
	err := call(ctx, watch)
	if err == nil {
		w.failed, w.renewed, w.trouble = 0, false, nil
		return nil
	}
	if large := (*OutputTooLargeError)(nil); errors.As(err, &large) {
		return large
	}
	f := newFailure(operation, err, watch.sent)
	if ctx.Err() != nil {
		// The clock struck between two attempts; what they met says more.
		switch {
		case watch.last != nil:
			f = newFailure(operation, watch.last, watch.sent)
		case w.trouble != nil:
			f = w.trouble
		case read.Err() != nil:
			return read.Err()
		}
	}
	switch f.kind {
	case unavailable:
		w.failed += max(watch.count, 1)
		w.trouble = f
	case stale, unusable:
	case notVisible, stepUnknown, denied, rejected:
		// An answer, and one that was signed well.
		w.failed, w.renewed, w.trouble = 0, false, nil
	}
	return f
}

// attemptsLeft bounds one question by what max_retries leaves.
func (w *wait) attemptsLeft() int {
	if limit := w.reader.options.MaxAttempts; limit > 0 {
		return min(attemptsPerQuestion, max(limit-w.failed, 1))
	}
	return attemptsPerQuestion
}

// attempts watches the attempts of one question: it cuts off the silent ones,
// reports each to the observer, and keeps what the error alone does not tell.
type attempts struct {
	wait      *wait
	operation string
	streams   bool // The body is read after the attempt, by [attempts.readAll].
	count     int
	sent      bool  // The latest one left: what failed was not the credentials.
	last      error // What the latest attempt met.

	// Of the latest attempt: alive starts its time anew, release ends it.
	alive, stop func()
}

// ssm makes a call to Systems Manager one of these attempts.
func (a *attempts) ssm(o *ssm.Options) {
	o.Retryer = a.retryer(o.Retryer)
	o.APIOptions = append(o.APIOptions, a.add)
}

// s3 makes a call to S3 one of these attempts.
func (a *attempts) s3(o *s3.Options) {
	o.Retryer = a.retryer(o.Retryer)
	o.APIOptions = append(o.APIOptions, a.add)
}

func (a *attempts) retryer(r aws.Retryer) aws.Retryer {
	return retry.AddWithMaxBackoffDelay(retry.AddWithMaxAttempts(r, a.wait.attemptsLeft()), longestBackoff)
}

// release ends what the latest attempt holds.
func (a *attempts) release() {
	if a.stop != nil {
		a.stop()
	}
}

// readAll reads a body that the SDK hands out as a stream. Each byte starts the
// attempt's time anew, so that only silence ends it and not length.
func (a *attempts) readAll(body io.Reader) ([]byte, error) {
	content, err := io.ReadAll(readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		a.alive()
		return n, err
	}))
	if err != nil {
		a.last = err
	}
	return content, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// ID names the middleware in the SDK's stack.
func (*attempts) ID() string { return "WatchAttempts" }

func (a *attempts) add(stack *middleware.Stack) error {
	if err := stack.Finalize.Insert(a, "Retry", middleware.After); err != nil {
		return err
	}
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("NoteSent",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			a.sent = true
			return next.HandleFinalize(ctx, in)
		}), middleware.After)
}

// HandleFinalize runs once per attempt, inside the SDK's retry loop.
func (a *attempts) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	a.count++
	a.sent = false
	a.release()
	limited, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(silenceLimit, cancel)
	a.alive = func() { timer.Reset(silenceLimit) }
	a.stop = func() { timer.Stop(); cancel() }
	begun := time.Now()
	out, metadata, err := next.HandleFinalize(limited, in)
	if err != nil && limited.Err() != nil {
		err = &silentError{after: time.Since(begun)}
	}
	if a.last = err; err != nil || !a.streams {
		a.stop()
	}

	response := answered(metadata)
	if isAnswer(response, err) {
		a.wait.answered = true
	}
	if observe := a.wait.reader.options.Observe; observe != nil {
		id, _ := awsmiddleware.GetRequestIDMetadata(metadata)
		observe(ctx, Call{
			Operation: a.operation,
			Attempt:   a.count,
			Outcome:   outcomeOf(response, err),
			RequestID: id,
			Duration:  time.Since(begun),
		})
	}
	return out, metadata, err
}

// answered returns the HTTP answer of an attempt, nil where there was none: the SDK
// then leaves an empty one.
func answered(metadata middleware.Metadata) *smithyhttp.Response {
	response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response)
	if !ok || response.StatusCode == 0 {
		return nil
	}
	return response
}

// isAnswer reports whether the service itself spoke: what it was asked for, an
// error with a code, or a plain "later". A page of HTML with another status is
// some proxy or portal in between, and does not show that the service is there.
func isAnswer(response *smithyhttp.Response, err error) bool {
	if response == nil {
		return false
	}
	if err == nil || isLater(response.StatusCode) {
		return true
	}
	return errorCode(err) != ""
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
		return "no answer"
	}
	return strconv.Itoa(response.StatusCode)
}

// errorCode returns the service's error code, or "" where it gave none: the SDK
// calls that UnknownError.
func errorCode(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() == unknownCode {
		return ""
	}
	return api.ErrorCode()
}

// unknownCode is the SDK's stand-in for an error answer without a code.
const unknownCode = "UnknownError"

// silentError is an attempt that was accepted and not answered in time. The SDK's
// retryer must see a fault worth another attempt, not a cancelled context.
type silentError struct{ after time.Duration }

func (e *silentError) Error() string {
	return "no complete answer within " + round(e.after).String()
}

// RetryableError tells the SDK that another attempt is worth it.
func (*silentError) RetryableError() bool { return true }
