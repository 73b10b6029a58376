// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	sendCommand = "SendCommand"

	// sendLimit is the maximum time of a SendCommand request.
	sendLimit = 30 * time.Second
	// sendBodyLimit is the maximum size of the response in bytes. The response repeats the
	// parameters, which have at most 100 KB, and JSON can escape a byte as six.
	sendBodyLimit = 2 << 20
	// responseGrace is the time to wait after an interrupt for the response to a request that was
	// sent.
	responseGrace = 10 * time.Second
)

// Sent is a command that the service accepted.
type Sent struct {
	// Command is the command as the service returned it.
	Command Command
	// Adopted is set if the response was lost, and the command was found in ListCommands.
	Adopted bool
}

// Send sends a command at most once. It repeats a request only if the service rejected it
// temporarily, or if the request cannot have reached the service. If a response is lost, Send
// searches ListCommands for the command and does not send it again.
//
// The request and the search continue for up to ten seconds each after the context ends or the
// timeout expires, so that the caller learns whether the command was sent.
//
// Send returns the command if a response shows that the service accepted it, also with an error.
// The errors, by type: [*PerhapsSentError], after which the command may run, and these, after which
// no command was sent: [*RefusedError], [*EqualSendError], [*NodesNotReadyError],
// [*AccessDeniedError], [*CredentialsError], [*ConfigurationError], [*RejectedError],
// [*UnavailableError], [*InterruptedError]. A [*PanicError] without a command means that no command
// was sent.
func (c *Client) Send(ctx context.Context, q SendRequest) (sent Sent, err error) {
	s := &sending{
		operation: c.begin(q.Started, q.Timeout), request: &q, key: q.key(), want: q.Fingerprint(),
		progress: reporter{report: q.Progress}, ready: poll.Grace{Limit: q.NodesReady},
	}
	defer func() {
		if p := recover(); p != nil {
			sent, err = s.panicked(p)
		}
	}()
	err = s.run(ctx, s)
	switch {
	case s.perhaps != nil:
		return Sent{}, s.perhaps
	case s.sent != nil:
		return *s.sent, nil
	case s.final != nil:
		return Sent{}, s.final // Also after an interrupt: the rejection says more.
	}
	return Sent{}, err
}

// sending: the service has accepted no request for the command. It is the only state of the
// operation.
type sending struct {
	operation
	request  *SendRequest
	key      string
	want     Fingerprint
	progress reporter
	clock    clock

	ready    poll.Grace         // Starts when the nodes are rejected as invalid.
	notReady *awscall.CallError // The latest such rejection, nil after another failure.
	resigned bool               // The request was signed again, with the service's time.
	queued   time.Time          // When the wait for an equal request began; zero without a wait.
	final    error              // A rejection that is not retryable.
	// attempt is the request in progress or the latest request, nil before the first one. Another
	// goroutine reads it.
	attempt atomic.Pointer[awscall.Attempts]
	began   time.Time         // When that request began.
	sent    *Sent             // The result, if the service accepted the command.
	perhaps *PerhapsSentError // The result, if the service may have accepted the command.
	settled bool              // The outcome of the latest request is known.
}

// Poll sends the command once. If the response is lost, Poll searches for the command.
func (s *sending) Poll(ctx context.Context) (poll.State, error) {
	s.queued = time.Now()
	lane, err := s.client.sends.enter(ctx, s.key)
	if err != nil {
		return s, err
	}
	s.queued = time.Time{}
	defer func() {
		lane.lost = lane.lost || s.open()
		lane.leave()
	}()
	// The context ends shortly after the interrupt.
	if interrupt := s.client.options.Interrupt; interrupt != nil && interrupt.Err() != nil {
		return nil, &InterruptedError{Waited: s.waited(), Cause: interrupt.Err()}
	}
	if ctx.Err() != nil {
		return s, ctx.Err()
	}
	s.settled = false
	command, outcome, err := s.send(ctx)
	switch outcome {
	case sendAccepted:
		s.take(command, false)
		return nil, nil
	case sendRefused:
		s.settled = true
		return s.again(ctx, err)
	case sendAmbiguous:
	}
	return nil, s.search(ctx, err, lane.lost)
}

// open reports whether ListCommands may still return the command of the latest request later.
func (s *sending) open() bool { return !s.settled && s.underWay() }

// outcome is the outcome of a request.
type outcome int

const (
	sendAmbiguous outcome = iota // The service may have accepted the command.
	sendRefused                  // The service did not accept the command.
	sendAccepted                 // The service accepted the command.
)

// send makes one request.
func (s *sending) send(ctx context.Context) (*Command, outcome, error) {
	s.attempt.Store(nil)
	s.began = time.Now()
	detached, cancel := withoutInterrupt(ctx, responseGrace, s.underWay)
	defer cancel()
	var command *Command
	call := awscall.Call{Operation: sendCommand, Attempts: 1, Limit: sendLimit, BodyLimit: sendBodyLimit}
	err := s.Do(detached, call, func(ctx context.Context, a *awscall.Attempts) error {
		s.attempt.Store(a)
		out, err := s.client.options.Sender.SendCommand(ctx, s.request.input(), func(o *ssm.Options) {
			o.RetryMaxAttempts = 1
			o.Retryer = a.Retryer(o.Retryer)
			o.APIOptions = append(o.APIOptions, a.APIOption)
		})
		if err != nil {
			return err
		}
		s.clock.observeSuccess(out.ResultMetadata, s.began)
		if out.Command == nil || text(out.Command.CommandId) == "" {
			return &awscall.MismatchError{Got: "no command: it has no command ID"}
		}
		command = newCommand(*out.Command, &members{}, 0)
		// A cache can return the response to another request, or repeat a response.
		if !s.want.answers(command) || !s.client.options.Claims.Claim(command.CommandID) {
			return another("command", command.CommandID)
		}
		return nil
	})
	s.clock.observeError(err, s.began)
	switch {
	case err == nil:
		return command, sendAccepted, nil
	case !s.underWay():
		return nil, sendRefused, err
	case detached.Err() != nil:
		return nil, sendAmbiguous, err // The error can be that of an earlier attempt.
	case isRefusal(err):
		return nil, sendRefused, err
	}
	return nil, sendAmbiguous, err
}

// underWay reports whether the service may have received the latest request.
func (s *sending) underWay() bool {
	attempt := s.attempt.Load()
	return attempt != nil && attempt.Sent()
}

// isRefusal reports whether an error proves that the service did not accept the request: it has a
// 4xx status, and a code of the service that is not one of serverCodes. A proxy that requires
// authentication (407) did not forward the request.
func isRefusal(err error) bool {
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return false
	}
	switch f.Status {
	case http.StatusProxyAuthRequired:
		return true
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return false
	}
	if f.Status < http.StatusBadRequest || f.Status >= http.StatusInternalServerError || f.Code == "" {
		return false
	}
	return !slices.Contains(serverCodes, f.Code)
}

// serverCodes are codes of failures inside the service, which can happen after the service accepted
// a command.
var serverCodes = []string{
	"InternalServerError", "InternalFailure", "InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException",
	"RequestTimeout", "RequestTimeoutException",
}

// skewCodes are codes that a wrong clock of this machine can cause. The SDK signs the next request
// with the time of the response.
var skewCodes = []string{"InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestInTheFuture"}

// again decides whether to repeat a request that the service did not accept.
func (s *sending) again(ctx context.Context, err error) (poll.State, error) {
	s.notReady = nil
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return s, err
	}
	switch {
	case is(err, "InvalidInstanceId"):
		s.notReady = f
		if s.ready.Over(time.Now()) {
			return nil, s.nodesNotReady(ctx)
		}
		s.progress.tell(Progress{Phase: WaitingForNodes}, s.waited())
		return s, nil
	case slices.Contains(skewCodes, f.Code) && !s.resigned:
		s.resigned = true
		return s, nil
	case f.Kind == awscall.Rejected:
		s.final = &RefusedError{Response: s.request.response(f), Blame: blameOf(f), Member: memberOf(f)}
		return nil, s.final
	}
	again, by, why := s.Retry(f)
	if !again {
		s.final = s.redacted(f, s.operation.final(f, why))
		return nil, s.final
	}
	return &sendingBy{s, by}, nil
}

// redacted replaces the response in an error by one without parameter values.
func (s *sending) redacted(f *awscall.CallError, err error) error {
	response := s.request.response(f)
	var denied *AccessDeniedError
	var credentials *CredentialsError
	var rejected *RejectedError
	var unavailable *UnavailableError
	switch {
	case errors.As(err, &denied):
		denied.Response = response
	case errors.As(err, &credentials):
		credentials.Response = response
	case errors.As(err, &rejected):
		rejected.Response = response
	case errors.As(err, &unavailable):
		unavailable.Response = response
	}
	return err
}

// PollBy returns the time after which a rejection of the nodes is final.
func (s *sending) PollBy() time.Time { return s.ready.Ends() }

// TimedOut returns the error for a command that the service did not accept in time.
func (s *sending) TimedOut(ctx context.Context) error {
	trouble := s.Trouble()
	switch {
	case s.final != nil:
		return s.final
	case s.notReady != nil, trouble == nil && s.ready.Started():
		return s.nodesNotReady(ctx)
	case !s.queued.IsZero():
		e := &EqualSendError{Queued: time.Since(s.queued), Waited: s.waited()}
		if trouble != nil {
			response := s.request.response(trouble)
			e.Trouble = &response
		}
		return e
	case trouble == nil:
		return &UnavailableError{Why: GaveUpTimedOut, Waited: s.waited(), Response: Response{
			Operation: sendCommand, Cause: "SendCommand was not called, because no time was left",
		}}
	}
	return s.redacted(trouble, s.unreached(trouble))
}

// sendingBy is sending with a latest time of the next poll.
type sendingBy struct {
	*sending
	by time.Time
}

// PollBy returns the earlier of that time and the PollBy of sending.
func (s *sendingBy) PollBy() time.Time {
	if ends := s.ready.Ends(); ends.After(time.Now()) && (s.by.IsZero() || ends.Before(s.by)) {
		return ends
	}
	return s.by
}

// take makes a command the result.
func (s *sending) take(command *Command, adopted bool) {
	s.settled = true
	s.sent = &Sent{Command: *command, Adopted: adopted}
	s.progress.tell(progressOf(command), s.waited())
}

// panicked returns the result of a send that panicked.
func (s *sending) panicked(p any) (Sent, error) {
	cause := newPanicError(p)
	switch {
	case s.sent != nil:
		return *s.sent, cause
	case s.perhaps != nil:
		return Sent{}, s.perhaps
	case s.open():
		return Sent{}, s.perhapsSent(Response{Operation: sendCommand, Cause: cause.Error()})
	}
	return Sent{}, cause
}

// withoutInterrupt returns a context that ends a grace period after ctx. If underWay is not nil and
// returns false, the context ends at the same time as ctx.
func withoutInterrupt(ctx context.Context, grace time.Duration, underWay func() bool) (context.Context, context.CancelFunc) {
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if underWay != nil && !underWay() {
			cancel()
			return
		}
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(detached, func() { timer.Stop() })
	})
	return detached, func() { stop(); cancel() }
}
