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

	// sendLimit is how long a request to send may take.
	sendLimit = 30 * time.Second
	// sendBodyLimit bounds the response in bytes: it repeats the request, whose parameters have at
	// most 100 KB, of six bytes for each if they are escaped.
	sendBodyLimit = 2 << 20
	// answerGrace is how long the response to a request that was sent is waited for after an
	// interrupt.
	answerGrace = 10 * time.Second
)

// Sent is a command that the service accepted.
type Sent struct {
	// Command is the command as the service returned it.
	Command Command
	// Adopted is set if the response was lost, and the command was found in ListCommands.
	Adopted bool
}

// Send sends a command by exactly one request that the service may have accepted. A request is
// repeated only if the service rejected it for now, or if it cannot have reached the service. If
// neither is certain, the command is searched for in ListCommands, and never sent again.
//
// The request and the search go on for a while after the context ends or the time is over, since
// what became of a command must be found out: for up to ten seconds each.
//
// Send returns the command if the service is known to have accepted it, also with an error. The
// errors, by type: [*PerhapsSentError], after which the command may run, and these, after which no
// command was sent: [*RefusedError], [*EqualSendError], [*NodesNotReadyError],
// [*AccessDeniedError], [*CredentialsError], [*ConfigurationError], [*RejectedError],
// [*UnavailableError], [*InterruptedError]. A [*PanicError] without a command means that none was
// sent.
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
		return Sent{}, s.final // Also after an interrupt, which says less.
	}
	return Sent{}, err
}

// sending: a command that no request was accepted for. It is the only state of the operation.
type sending struct {
	operation
	request  *SendRequest
	key      string
	want     Fingerprint
	progress reporter
	clock    clock

	ready    poll.Grace         // Starts when the nodes are rejected as invalid.
	notReady *awscall.CallError // The latest such rejection, nil after another failure.
	resigned bool               // The request was signed anew, by the service's clock.
	queued   time.Time          // When it began to wait for an equal request; zero if it does not.
	final    error              // A rejection that sending again does not change.
	// attempt is that of the request under way or the latest one, nil if none was made. It is read
	// from another goroutine.
	attempt atomic.Pointer[awscall.Attempts]
	began   time.Time         // When that request began.
	sent    *Sent             // The result, if the service accepted the command.
	perhaps *PerhapsSentError // The result, if it may have accepted the command.
	settled bool              // What became of the latest request is known.
}

// Poll sends the command once, and finds out what became of it.
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
	// The context ends a moment after the interrupt.
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

// open reports whether the command of the latest request may still appear.
func (s *sending) open() bool { return !s.settled && s.underWay() }

// outcome is what became of a request.
type outcome int

const (
	sendAmbiguous outcome = iota // The service may have accepted the command.
	sendRefused                  // It did not, and will not.
	sendAccepted                 // It did.
)

// send makes one request.
func (s *sending) send(ctx context.Context) (*Command, outcome, error) {
	s.attempt.Store(nil)
	s.began = time.Now()
	detached, cancel := withoutInterrupt(ctx, answerGrace, s.underWay)
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
			return &awscall.MismatchError{Got: "no command: it names none"}
		}
		command = newCommand(*out.Command, &members{}, 0)
		// A cache can return the response to another request, or one that was used before.
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
		return nil, sendAmbiguous, err // Whatever the error is, it can be that of an earlier request.
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

// isRefusal reports whether an error proves that the service did not accept the request: a status
// that blames the request, and a code that the service gives for a request that it read. A proxy
// that wants credentials (407) has passed nothing on.
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

// serverCodes are codes of the service's own trouble, which can strike after it accepted a command.
var serverCodes = []string{
	"InternalServerError", "InternalFailure", "InternalServiceError", "ServiceUnavailable", "ServiceUnavailableException",
	"RequestTimeout", "RequestTimeoutException",
}

// skewCodes are codes that a wrong clock on this machine can have caused. The SDK takes the time
// from the response and signs the next request by it.
var skewCodes = []string{"InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestInTheFuture"}

// again decides on a request that was not accepted.
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

// redacted replaces the response in an error by one without values of parameters.
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

// PollBy is when the nodes are given up on.
func (s *sending) PollBy() time.Time { return s.ready.Ends() }

// TimedOut says that no request was accepted in time.
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
			Operation: sendCommand, Cause: "SendCommand was not called, because the time limit was over before",
		}}
	}
	return s.redacted(trouble, s.unreached(trouble))
}

// sendingBy is sending that is to be polled by a time.
type sendingBy struct {
	*sending
	by time.Time
}

// PollBy returns that time, or the one at which the nodes are given up on.
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

// panicked says what is known after a panic.
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

// withoutInterrupt returns a context that ends some time after the given one does, or with it as
// long as nothing is under way.
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
