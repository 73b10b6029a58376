// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// API are the operations of Systems Manager that a [Client] calls. [ssm.Client] has them all.
type API interface {
	ssm.GetCommandInvocationAPIClient
	ssm.ListCommandsAPIClient
	ssm.ListCommandInvocationsAPIClient
	ssm.DescribeInstanceInformationAPIClient
	SendAPI
	CancelCommand(context.Context, *ssm.CancelCommandInput, ...func(*ssm.Options)) (*ssm.CancelCommandOutput, error)
	GetConnectionStatus(context.Context, *ssm.GetConnectionStatusInput, ...func(*ssm.Options)) (*ssm.GetConnectionStatusOutput, error)
}

// SendAPI is the operation of Systems Manager that sends a command. [ssm.Client] has it.
type SendAPI interface {
	SendCommand(context.Context, *ssm.SendCommandInput, ...func(*ssm.Options)) (*ssm.SendCommandOutput, error)
}

// Options configure a [Client].
type Options struct {
	// Region is where the API reads. It is part of every message, since another Region gives the
	// same "does not exist".
	Region string
	// MaxAttempts is the number of failed attempts in a row after which a read gives up; 0 leaves
	// that to the read's deadline.
	MaxAttempts int
	// MaxListBytes bounds how many bytes of list responses one read keeps; 0 sets no bound.
	MaxListBytes int64
	// RenewCredentials drops cached credentials, so that the next request fetches new ones. It
	// may be nil.
	RenewCredentials func()
	// Sender is what commands are sent with; the API if it is nil. Its connections must not be
	// shared or reused, and its transport must not repeat a request: a reset of an idle connection
	// looks like a response that was lost.
	Sender SendAPI
	// Objects returns a client for S3 in a Region. It is called only if complete output was
	// requested and a stream is truncated; nil if S3 is not to be called at all.
	Objects func(ctx context.Context, region string) (ObjectAPI, error)
	// Interrupt ends every operation when it is done, as the end of the operation's own context
	// does. Nil never does.
	Interrupt context.Context
	// Observe is passed every attempt of every call. It may be nil.
	Observe func(context.Context, awscall.Attempt)
}

// Client reads and sends commands in one Region. It is safe for concurrent use, and is meant to be
// shared by all operations in that Region: it keeps whether the service was reached, which commands
// the service has no record of, and which commands were sent.
type Client struct {
	api     API
	options Options
	reached awscall.Reach
	unknown unknownCommands
	sends   sends
}

// New returns a Client over api.
func New(api API, options Options) *Client {
	if options.Sender == nil {
		options.Sender = api
	}
	return &Client{api: api, options: options}
}

// Region returns the Region that the Client reads.
func (c *Client) Region() string { return c.options.Region }

// operation is what all reads have: the time that they may take, and how their calls go.
type operation struct {
	*awscall.Session
	client            *Client
	started, deadline time.Time
}

// begin begins a read that started at started, or now if that is zero.
func (c *Client) begin(started time.Time, timeout time.Duration) operation {
	if started.IsZero() {
		started = time.Now()
	}
	return operation{Session: c.session(&c.reached), client: c, started: started, deadline: started.Add(timeout)}
}

// session returns a session with a service.
func (c *Client) session(reached *awscall.Reach) *awscall.Session {
	return awscall.NewSession(awscall.Options{
		MaxAttempts:      c.options.MaxAttempts,
		RenewCredentials: c.options.RenewCredentials,
		Observe:          c.options.Observe,
	}, reached)
}

// run polls from a state on.
func (r operation) run(ctx context.Context, s poll.State) error {
	return poll.Run(ctx, poll.Options{
		Started: r.started, Deadline: r.deadline, Interrupt: r.client.options.Interrupt, Retry: r.retry,
	}, s)
}

// waited is how long the read has taken.
func (r operation) waited() time.Duration { return time.Since(r.started) }

// retry returns nil if a failed call may be made again, else the error that ends the read.
func (r operation) retry(err error) (by time.Time, final error) {
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return by, err
	}
	again, by, why := r.Retry(f)
	if again {
		return by, nil
	}
	return by, r.final(f, why)
}

// final turns a failed call into the error that ends the read.
func (r operation) final(f *awscall.CallError, why awscall.GaveUp) error {
	switch why {
	case awscall.Unreached:
		return r.unavailable(f, GaveUpUnreached)
	case awscall.Unreachable:
		return r.unavailable(f, GaveUpUnreachable)
	case awscall.Unreadable:
		return r.unavailable(f, GaveUpUnreadable)
	case awscall.Exhausted:
		return r.unavailable(f, GaveUpAttempts)
	case awscall.NotRetryable:
	}
	switch f.Kind {
	case awscall.Denied:
		return &AccessDeniedError{Response: responseOf(f)}
	case awscall.CredentialsExpired, awscall.CredentialsInvalid:
		return &CredentialsError{Response: responseOf(f)}
	case awscall.Misconfigured:
		return &ConfigurationError{Response: responseOf(f), cause: f}
	case awscall.Rejected, awscall.Unavailable:
	}
	return &RejectedError{Response: responseOf(f)}
}

func (r operation) unavailable(f *awscall.CallError, why GaveUp) error {
	return &UnavailableError{Why: why, Attempts: r.FailedAttempts(), Waited: r.waited(), Response: responseOf(f)}
}

// unreached says that the time was over and that nothing is known, since no request succeeded.
func (r operation) unreached(trouble *awscall.CallError) error {
	e := &UnavailableError{Why: GaveUpTimedOut, Attempts: r.FailedAttempts(), Waited: r.waited()}
	if trouble != nil {
		e.Response = responseOf(trouble)
	}
	return e
}

// contradiction says that something is complete and that its values cannot be read.
func (r operation) contradiction(operation, cause string) error {
	if trouble := r.Trouble(); trouble != nil {
		cause += "; at last " + trouble.Error()
	}
	return &UnavailableError{Why: GaveUpNoValues, Waited: r.waited(), Response: Response{Operation: operation, Cause: cause}}
}

// trouble is what the latest calls met, nil after a response.
func (r operation) trouble() *Response {
	if trouble := r.Trouble(); trouble != nil {
		response := responseOf(trouble)
		return &response
	}
	return nil
}

// stillRunning completes the error with the time until which the service itself gives the command.
func (r operation) stillRunning(ctx context.Context, e *StillRunningError, id string, command *Command) error {
	e.Waited, e.Trouble = r.waited(), r.trouble()
	if command == nil {
		command, _ = r.findCommand(ctx, id)
	}
	if command != nil {
		e.ExpiresAfter = command.ExpiresAfter
	}
	return e
}

// call calls an operation of Systems Manager.
func (r operation) call(ctx context.Context, c awscall.Call, do func(context.Context, func(*ssm.Options)) error) error {
	return r.Do(ctx, c, func(ctx context.Context, a *awscall.Attempts) error {
		return do(ctx, func(o *ssm.Options) {
			o.Retryer = a.Retryer(o.Retryer)
			o.APIOptions = append(o.APIOptions, a.APIOption)
		})
	})
}

// is reports whether err is a failure with one of the service's error codes.
func is(err error, codes ...string) bool {
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return false
	}
	for _, code := range codes {
		if f.Code == code && f.Kind == awscall.Rejected {
			return true
		}
	}
	return false
}

// Interrupted reports whether a context, or [Options.Interrupt], has ended an operation.
func (c *Client) Interrupted(ctx context.Context) bool {
	return ctx.Err() != nil || c.options.Interrupt != nil && c.options.Interrupt.Err() != nil
}

// clean returns a text as valid UTF-8: each run of invalid bytes becomes one U+FFFD, and nothing
// else changes. A limit in bytes can split a character, and a script may print anything.
func clean(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// text returns a string member of a response, "" if it is absent.
func text(s *string) string { return clean(aws.ToString(s)) }
