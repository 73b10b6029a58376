// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	cancelCommand = "CancelCommand"

	// cancelBodyLimit bounds the response in bytes, which is empty.
	cancelBodyLimit = 1 << 16
	// cancelAgain is when a command that has not moved is cancelled once more.
	cancelAgain = 10 * time.Second
	// requestedGrace is how far the request time of a command may be from the expected one. What is
	// kept of it can have lost its milliseconds.
	requestedGrace = time.Second
)

// CancelRequest is a command to cancel.
type CancelRequest struct {
	CommandID string
	// InstanceIDs are the nodes to cancel it on; none is all of them.
	InstanceIDs []string
	// Expect is what the command must be. A command that differs is not cancelled. Nil is any.
	Expect *Expectation
	// Unchecked cancels without calling ListCommands before, for a command that was just sent.
	Unchecked bool
	// Wait waits until the command is complete, or complete on the nodes.
	Wait bool
	// Visibility is how long a command that the service has no record of is taken for one that is
	// not visible yet.
	Visibility time.Duration
	// DespiteInterrupt goes on after [Options.Interrupt], to cancel because of it.
	DespiteInterrupt bool
	// Progress is called when something changed, by the goroutine of the caller. It must not block.
	// It may be nil.
	Progress func(Progress)
	Started  time.Time
	Timeout  time.Duration
}

// Expectation is what is known about a command apart from its ID. An ID that was edited
// in a state must not cancel a command that the state is not about.
type Expectation struct {
	DocumentName, Comment string
	RequestedDateTime     time.Time
}

// differences returns the API's names of what differs.
func (e *Expectation) differences(c *Command) []string {
	var names []string
	if !sameDocument(e.DocumentName, c.DocumentName) {
		names = append(names, "DocumentName")
	}
	if norm.NFC.String(e.Comment) != norm.NFC.String(c.Comment) {
		names = append(names, "Comment")
	}
	if apart := e.RequestedDateTime.Sub(c.RequestedDateTime).Abs(); apart >= requestedGrace || e.RequestedDateTime.IsZero() {
		names = append(names, "RequestedDateTime")
	}
	return names
}

// CancelOutcome is what became of a command that was to be cancelled.
type CancelOutcome string

// The outcomes. None of them says that a process on a node has ended: the agent kills the process
// that it started, and not what that has started.
const (
	// CancelUnknown: the service has no record of the command. CancelCommand was not called, or had
	// no effect.
	CancelUnknown CancelOutcome = "unknown"
	// CancelNotNeeded: the command was complete before, and CancelCommand was not called.
	CancelNotNeeded CancelOutcome = "already complete"
	// CancelRequested: CancelCommand was accepted, and what came of it was not waited for.
	CancelRequested CancelOutcome = "requested"
	// CancelComplete: CancelCommand was accepted, and the command is complete by now, on the given
	// nodes if there are any. Its status tells whether it was cancelled.
	CancelComplete CancelOutcome = "complete"
)

// CancelResult is what became of a command that was to be cancelled.
type CancelResult struct {
	// Outcome is "" with an error.
	Outcome CancelOutcome
	// Requested is set if CancelCommand was accepted, also with an error.
	Requested bool
	// Command is the command as it was returned last; its CommandID is "" if it was not.
	Command Command
	// Nodes are the invocations on the given nodes as they were returned last.
	Nodes []NodeInvocation
}

// DifferentCommandError says that a command is not the one that was to be cancelled. CancelCommand
// was not called.
type DifferentCommandError struct {
	CommandID string
	// Members are the API's names of what differs: DocumentName, Comment, RequestedDateTime.
	Members []string
}

func (e *DifferentCommandError) Error() string {
	return "the command " + e.CommandID + " has another " + strings.Join(e.Members, ", another ")
}

// Cancel cancels a command, which is a request to the agents and no more: a command may complete by
// itself, or go on.
//
// The errors, by type: [*DifferentCommandError], [*StillRunningError] if the command is not complete
// at the end of the time, [*AccessDeniedError] whose operation tells what was denied,
// [*CredentialsError], [*ConfigurationError], [*RejectedError], [*UnavailableError],
// [*InterruptedError].
func (c *Client) Cancel(ctx context.Context, q CancelRequest) (result CancelResult, err error) {
	r := &cancellation{operation: c.begin(q.Started, q.Timeout), request: q, progress: reporter{report: q.Progress}}
	r.unknown.Limit, r.rejected.Limit = q.Visibility, max(q.Visibility, cancelAgain)
	defer func() {
		if p := recover(); p != nil {
			result, err = r.result, newPanicError(p)
		}
	}()
	var first poll.State = &checkingCommand{r}
	if q.Unchecked && q.Expect == nil {
		first = &cancelling{r}
	}
	o := poll.Options{Started: r.started, Deadline: r.deadline, Interrupt: c.options.Interrupt, Retry: r.retry}
	if q.DespiteInterrupt {
		o.Interrupt = nil
	}
	if err = poll.Run(ctx, o, first); err == nil {
		r.result.Outcome = r.outcome
	}
	return r.result, err
}

// cancellation is what the states of one cancellation have in common.
//
//	checkingCommand    → cancelling | done: what the command is
//	cancelling         → watchingCancelled | done
//	watchingCancelled  → done: until it is complete
type cancellation struct {
	operation
	request  CancelRequest
	progress reporter
	unknown  poll.Grace // Starts when the service has no record of the command.
	rejected poll.Grace // Starts when CancelCommand rejects what the list has.
	again    time.Time  // When to cancel once more; zero for never.
	outcome  CancelOutcome
	result   CancelResult
}

// end ends the cancellation.
func (r *cancellation) end(outcome CancelOutcome) (poll.State, error) {
	r.outcome = outcome
	return nil, nil
}

// absent decides on a command of which the service has no record. It returns the state to go on
// with, nil if there is nothing to cancel.
func (r *cancellation) absent(s poll.State) (poll.State, error) {
	if r.result.Command.CommandID == "" && !r.result.Requested && r.unknown.Over(time.Now()) {
		return r.end(CancelUnknown)
	}
	return s, nil
}

// find requests the command, and the entries of the given nodes. found is false if the service has
// no record of the command now; ended tells whether there is nothing left to cancel.
func (r *cancellation) find(ctx context.Context) (found, ended bool, err error) {
	command, err := r.findCommand(ctx, r.request.CommandID)
	if err != nil || command == nil {
		return false, false, err
	}
	r.result.Command = *command
	r.progress.tell(progressOf(command), r.waited())
	if command.Complete() || len(r.request.InstanceIDs) == 0 {
		return true, command.Complete(), nil
	}
	var nodes []NodeInvocation
	for _, id := range r.request.InstanceIDs {
		entry, err := r.findEntry(ctx, r.request.CommandID, id)
		if err != nil {
			return true, false, err
		}
		if entry != nil {
			nodes = append(nodes, *entry)
		}
	}
	r.result.Nodes = nodes
	ended = len(nodes) == len(r.request.InstanceIDs) && !slices.ContainsFunc(nodes, func(n NodeInvocation) bool { return !n.Complete() })
	return true, ended, nil
}

// timedOut says that the command is not complete.
func (r *cancellation) timedOut(ctx context.Context) error {
	c := &r.result.Command
	if c.CommandID == "" {
		return r.unreached(r.Trouble())
	}
	return r.stillRunning(ctx, &StillRunningError{
		Status: c.Status, StatusDetails: c.StatusDetails, Source: FromCommand,
		Completed: countOf(c.CompletedCount), Targets: countOf(c.TargetCount),
	}, c.CommandID, c)
}

// checkingCommand: it is not known whether the command is the one to cancel.
type checkingCommand struct{ *cancellation }

// Poll requests the command once.
func (s *checkingCommand) Poll(ctx context.Context) (poll.State, error) {
	found, ended, err := s.find(ctx)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s.absent(s)
	}
	if expect := s.request.Expect; expect != nil {
		if members := expect.differences(&s.result.Command); len(members) > 0 {
			return nil, &DifferentCommandError{CommandID: s.request.CommandID, Members: members}
		}
	}
	if ended {
		return s.end(CancelNotNeeded)
	}
	return (&cancelling{s.cancellation}).Poll(ctx)
}

// PollBy is when the service is believed that it has no record of the command.
func (s *checkingCommand) PollBy() time.Time { return s.unknown.Ends() }

// TimedOut says that the command is not complete, or that nothing is known.
func (s *checkingCommand) TimedOut(ctx context.Context) error {
	if s.unknown.Started() && s.Trouble() == nil && s.result.Command.CommandID == "" {
		return &NotFoundError{Waited: s.unknown.Lasted(time.Now())}
	}
	return s.timedOut(ctx)
}

// cancelling: the command is the one to cancel.
type cancelling struct{ *cancellation }

// Poll requests the cancellation.
func (s *cancelling) Poll(ctx context.Context) (poll.State, error) {
	err := s.cancel(ctx)
	switch {
	case is(err, "InvalidCommandId") && s.result.Command.CommandID == "":
		return s.absent(s) // Not visible yet, or unknown.
	case is(err, "InvalidCommandId", "InvalidInstanceId"):
		// There is nothing to cancel, or it is not visible yet to this operation: the list decides.
		if s.again = (time.Time{}); !s.result.Requested {
			s.again = time.Now()
		}
		if s.rejected.Over(time.Now()) && !s.result.Requested {
			return s, err
		}
	case err != nil:
		return s, err
	default:
		if s.again = (time.Time{}); !s.result.Requested { // Once more is enough.
			s.again = time.Now().Add(cancelAgain)
		}
		s.result.Requested = true
	}
	if !s.request.Wait && s.result.Requested {
		return s.end(CancelRequested)
	}
	return &watchingCancelled{s.cancellation}, nil
}

// PollBy is when the service is believed that it has no record of the command.
func (s *cancelling) PollBy() time.Time { return s.unknown.Ends() }

// TimedOut says that the command is not complete, or that nothing is known.
func (s *cancelling) TimedOut(ctx context.Context) error {
	return (&checkingCommand{s.cancellation}).TimedOut(ctx)
}

// cancel calls CancelCommand. Cancelling twice is harmless, so that the SDK may retry.
func (r *cancellation) cancel(ctx context.Context) error {
	in := &ssm.CancelCommandInput{CommandId: aws.String(r.request.CommandID), InstanceIds: r.request.InstanceIDs}
	return r.call(ctx, awscall.Call{Operation: cancelCommand, BodyLimit: cancelBodyLimit}, func(ctx context.Context, o func(*ssm.Options)) error {
		_, err := r.client.api.CancelCommand(ctx, in, o)
		return err
	})
}

// watchingCancelled: the command was cancelled, and is not complete.
type watchingCancelled struct{ *cancellation }

// Poll requests the command once.
func (s *watchingCancelled) Poll(ctx context.Context) (poll.State, error) {
	found, ended, err := s.find(ctx)
	switch {
	case err != nil:
		return s, err
	case !found:
		return s.absent(s)
	case ended && s.result.Requested:
		return s.end(CancelComplete)
	case ended:
		return s.end(CancelNotNeeded)
	case !s.again.IsZero() && !time.Now().Before(s.again):
		return (&cancelling{s.cancellation}).Poll(ctx)
	}
	return s, nil
}

// TimedOut says that the command is not complete.
func (s *watchingCancelled) TimedOut(ctx context.Context) error { return s.timedOut(ctx) }
