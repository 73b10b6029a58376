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

// API has the operations of Systems Manager that a [Client] calls. [ssm.Client] implements it.
type API interface {
	ssm.GetCommandInvocationAPIClient
	ssm.ListCommandsAPIClient
	ssm.ListCommandInvocationsAPIClient
	ssm.DescribeInstanceInformationAPIClient
	SendAPI
	CancelCommand(context.Context, *ssm.CancelCommandInput, ...func(*ssm.Options)) (*ssm.CancelCommandOutput, error)
	GetConnectionStatus(context.Context, *ssm.GetConnectionStatusInput, ...func(*ssm.Options)) (*ssm.GetConnectionStatusOutput, error)
}

// SendAPI has the operation that sends a command. [ssm.Client] implements it.
type SendAPI interface {
	SendCommand(context.Context, *ssm.SendCommandInput, ...func(*ssm.Options)) (*ssm.SendCommandOutput, error)
}

// Options configure a [Client].
type Options struct {
	// Region is the Region of the API, for messages: in a wrong Region, the service also reports
	// that a command does not exist.
	Region string
	// MaxAttempts is the number of failed attempts in a row after which an operation fails. With 0,
	// an operation retries until its deadline.
	MaxAttempts int
	// MaxListBytes is the maximum size in bytes of the list responses of one read; 0 means no
	// limit.
	MaxListBytes int64
	// RenewCredentials discards cached credentials, so that the next request fetches new ones. It
	// may be nil.
	RenewCredentials func()
	// Sender sends commands. If it is nil, the API does. It must open a connection for each
	// request, because the reset of an idle connection looks like a lost response, and its
	// transport must not retry.
	Sender SendAPI
	// Objects returns a client for S3 in a Region. It is called only if complete output was
	// requested and a stream is truncated. If it is nil, complete output is not available.
	Objects func(ctx context.Context, region string) (ObjectAPI, error)
	// Claims are shared by all Clients of a process; nil are those of this Client alone.
	Claims *Claims
	// Interrupt ends every operation when it is done, as the end of the operation's own context
	// does. Nil never does.
	Interrupt context.Context
	// Observe is called after every attempt of every call. It may be nil.
	Observe func(context.Context, awscall.Attempt)
}

// Client reads and sends commands in one Region. It is safe for concurrent use, and is meant to be
// shared by all operations in that Region: it keeps whether the service was reached, which commands
// the service has no record of, and which requests to send are under way.
type Client struct {
	api     API
	options Options
	reached awscall.Reach
	unknown unknownCommands
	sends   sends
}

// New returns a Client that calls api.
func New(api API, options Options) *Client {
	if options.Sender == nil {
		options.Sender = api
	}
	if options.Claims == nil {
		options.Claims = &Claims{}
	}
	return &Client{api: api, options: options}
}

// Region returns [Options.Region].
func (c *Client) Region() string { return c.options.Region }

// operation has the members that all operations share: the time limit, and the session of the
// calls.
type operation struct {
	*awscall.Session
	client            *Client
	started, deadline time.Time
}

// begin returns an operation that started at the given time, or now if that is zero.
func (c *Client) begin(started time.Time, timeout time.Duration) operation {
	if started.IsZero() {
		started = time.Now()
	}
	return operation{Session: c.session(&c.reached), client: c, started: started, deadline: started.Add(timeout)}
}

// session returns a session for the calls to a service.
func (c *Client) session(reached *awscall.Reach) *awscall.Session {
	return awscall.NewSession(awscall.Options{
		MaxAttempts:      c.options.MaxAttempts,
		RenewCredentials: c.options.RenewCredentials,
		Observe:          c.options.Observe,
	}, reached)
}

// run runs the operation from a state until it is complete.
func (r operation) run(ctx context.Context, s poll.State) error {
	return poll.Run(ctx, poll.Options{
		Started: r.started, Deadline: r.deadline, Interrupt: r.client.options.Interrupt, Retry: r.retry,
	}, s)
}

// waited returns the time since the start of the operation.
func (r operation) waited() time.Duration { return time.Since(r.started) }

// retry is [poll.Options.Retry]: final is nil if a failed call may be made again, or else the error
// of the operation.
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

// final converts a failed call that is not retried to the error of the operation.
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

// unreached returns the error of an operation whose deadline passed before a request succeeded.
func (r operation) unreached(trouble *awscall.CallError) error {
	e := &UnavailableError{Why: GaveUpTimedOut, Attempts: r.FailedAttempts(), Waited: r.waited()}
	if trouble != nil {
		e.Response = responseOf(trouble)
	}
	return e
}

// contradiction returns the error for responses that contradict each other: something is complete,
// and its values are not returned.
func (r operation) contradiction(operation, cause string) error {
	if trouble := r.Trouble(); trouble != nil {
		cause += "; at last " + trouble.Error()
	}
	return &UnavailableError{Why: GaveUpNoValues, Waited: r.waited(), Response: Response{Operation: operation, Cause: cause}}
}

// trouble returns the error of the latest failed call, or nil if the service has responded since.
func (r operation) trouble() *Response {
	if trouble := r.Trouble(); trouble != nil {
		response := responseOf(trouble)
		return &response
	}
	return nil
}

// stillRunning completes the error with the time when the command expires. It requests the command
// if command is nil.
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

// is reports whether err is a rejection with one of the error codes.
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

// clean returns a text as valid UTF-8: each run of invalid bytes becomes one U+FFFD. A script can
// print any bytes, and a limit in bytes can split a character.
func clean(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// text returns a string member of a response, "" if it is absent.
func text(s *string) string { return clean(aws.ToString(s)) }
