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

	// cancelBodyLimit is the maximum size in bytes of the response, which is empty.
	cancelBodyLimit = 1 << 16
	// cancelAgain is the time after which a command that is not complete is cancelled a second
	// time.
	cancelAgain = 10 * time.Second
	// requestedGrace is the maximum difference between the request time of a command and the
	// expected one, which may have been stored without milliseconds.
	requestedGrace = time.Second
)

// CancelRequest is a command to cancel.
type CancelRequest struct {
	CommandID string
	// InstanceIDs are the nodes on which to cancel the command; none means all of its nodes.
	InstanceIDs []string
	// Expect is what the command must match. If it does not, it is not cancelled. Nil matches any.
	Expect *Expectation
	// Unchecked cancels without calling ListCommands before, for a command that was just sent.
	Unchecked bool
	// Wait waits until the command is complete, or complete on the nodes.
	Wait bool
	// Visibility is the visibility timeout: how long to retry while the service has no record of
	// the command.
	Visibility time.Duration
	// DespiteInterrupt ignores [Options.Interrupt], for a cancellation because of the interrupt.
	DespiteInterrupt bool
	// Progress is called by the goroutine of the caller when the progress changes. It must not
	// block, and may be nil.
	Progress func(Progress)
	Started  time.Time
	Timeout  time.Duration
}

// Expectation has members of a command besides its ID. They prevent the cancellation of another
// command if the ID in a state was edited.
type Expectation struct {
	DocumentName, Comment string
	RequestedDateTime     time.Time
}

// differences returns the API's names of the members that differ.
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

// CancelOutcome is the result of a cancellation without an error.
type CancelOutcome string

// The outcomes. None of them proves that no process is left on a node: the agent kills the process
// that it started, but not the children of that process.
const (
	// CancelUnknown: the service has no record of the command. CancelCommand was not called, or had
	// no effect.
	CancelUnknown CancelOutcome = "unknown"
	// CancelNotNeeded: the command was complete before, and CancelCommand was not called.
	CancelNotNeeded CancelOutcome = "already complete"
	// CancelRequested: CancelCommand was accepted, and Cancel did not wait.
	CancelRequested CancelOutcome = "requested"
	// CancelComplete: CancelCommand was accepted, and the command is now complete, on the given
	// nodes if there are any. Its status shows whether it was cancelled.
	CancelComplete CancelOutcome = "complete"
)

// CancelResult is the result of [Client.Cancel].
type CancelResult struct {
	// Outcome is "" with an error.
	Outcome CancelOutcome
	// Requested is set if CancelCommand was accepted, even if Cancel returns an error.
	Requested bool
	// Command is the last response of ListCommands; its CommandID is "" without one.
	Command Command
	// Nodes are the last responses of ListCommandInvocations for the given nodes.
	Nodes []NodeInvocation
}

// DifferentCommandError reports that a command does not match the [Expectation]. CancelCommand was
// not called.
type DifferentCommandError struct {
	CommandID string
	// Members are the API's names of what differs: DocumentName, Comment, RequestedDateTime.
	Members []string
}

func (e *DifferentCommandError) Error() string {
	return "the command " + e.CommandID + " has another " + strings.Join(e.Members, ", another ")
}

// Cancel cancels a command. The cancellation is only a request to the agents: the command can
// complete by itself, or continue.
//
// The errors, by type: [*DifferentCommandError], [*StillRunningError] if the command is not
// complete before the timeout, [*AccessDeniedError], whose Operation was denied,
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

// cancellation has the members that the states of a cancellation share.
//
//	checkingCommand    → cancelling | done: whether the command matches
//	cancelling         → watchingCancelled | done
//	watchingCancelled  → done: until it is complete
type cancellation struct {
	operation
	request  CancelRequest
	progress reporter
	unknown  poll.Grace // Starts when the service has no record of the command.
	rejected poll.Grace // Starts when CancelCommand rejects a command that ListCommands returns.
	again    time.Time  // When to cancel a second time; zero means never.
	outcome  CancelOutcome
	result   CancelResult
}

// end ends the cancellation.
func (r *cancellation) end(outcome CancelOutcome) (poll.State, error) {
	r.outcome = outcome
	return nil, nil
}

// absent handles a response without the command. It returns s to retry, or ends the cancellation
// after the visibility timeout.
func (r *cancellation) absent(s poll.State) (poll.State, error) {
	if r.result.Command.CommandID == "" && !r.result.Requested && r.unknown.Over(time.Now()) {
		return r.end(CancelUnknown)
	}
	return s, nil
}

// find requests the command, and the entries of the given nodes. found is false if the response
// does not have the command. ended is whether the command is complete, on the given nodes if there
// are any.
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

// timedOut returns a [*StillRunningError], or an [*UnavailableError] if there was no response.
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

// checkingCommand: it is not known yet whether the command matches.
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

// PollBy returns the end of the visibility timeout.
func (s *checkingCommand) PollBy() time.Time { return s.unknown.Ends() }

// TimedOut returns a [*NotFoundError] if the visibility timeout is longer than the operation's own
// timeout, or else the error of timedOut.
func (s *checkingCommand) TimedOut(ctx context.Context) error {
	if s.unknown.Started() && s.Trouble() == nil && s.result.Command.CommandID == "" {
		return &NotFoundError{Waited: s.unknown.Lasted(time.Now())}
	}
	return s.timedOut(ctx)
}

// cancelling: the command matches, or is not checked.
type cancelling struct{ *cancellation }

// Poll requests the cancellation.
func (s *cancelling) Poll(ctx context.Context) (poll.State, error) {
	err := s.cancel(ctx)
	switch {
	case is(err, "InvalidCommandId") && s.result.Command.CommandID == "":
		return s.absent(s) // The command is not visible yet, or does not exist.
	case is(err, "InvalidCommandId", "InvalidInstanceId"):
		// The command is complete, or not visible to this operation yet. The list shows which.
		if s.again = (time.Time{}); !s.result.Requested {
			s.again = time.Now()
		}
		if s.rejected.Over(time.Now()) && !s.result.Requested {
			return s, err
		}
	case err != nil:
		return s, err
	default:
		if s.again = (time.Time{}); !s.result.Requested { // Cancel at most twice.
			s.again = time.Now().Add(cancelAgain)
		}
		s.result.Requested = true
	}
	if !s.request.Wait && s.result.Requested {
		return s.end(CancelRequested)
	}
	return &watchingCancelled{s.cancellation}, nil
}

// PollBy returns the end of the visibility timeout.
func (s *cancelling) PollBy() time.Time { return s.unknown.Ends() }

// TimedOut returns the error of [checkingCommand.TimedOut].
func (s *cancelling) TimedOut(ctx context.Context) error {
	return (&checkingCommand{s.cancellation}).TimedOut(ctx)
}

// cancel calls CancelCommand. A second call has no effect on the command, so the SDK may retry.
func (r *cancellation) cancel(ctx context.Context) error {
	in := &ssm.CancelCommandInput{CommandId: aws.String(r.request.CommandID), InstanceIds: r.request.InstanceIDs}
	return r.call(ctx, awscall.Call{Operation: cancelCommand, BodyLimit: cancelBodyLimit}, func(ctx context.Context, o func(*ssm.Options)) error {
		_, err := r.client.api.CancelCommand(ctx, in, o)
		return err
	})
}

// watchingCancelled: CancelCommand was called, and the command is not complete.
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

// TimedOut returns the error of timedOut.
func (s *watchingCancelled) TimedOut(ctx context.Context) error { return s.timedOut(ctx) }
