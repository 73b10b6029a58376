// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// RunRequest is a command to send and to wait for.
type RunRequest struct {
	// Send is the command. Its Started and Timeout are those of the whole run. A Timeout of 0 is the
	// default: NodesReady, but at least a minute, until the command is sent, then until two minutes
	// after the command expires, and six hours in all.
	Send SendRequest
	// MaxTargets bounds the nodes that the targets may match; 0 sets no bound. The nodes that match
	// are counted before the command is sent. If the service reports more afterwards, the command is
	// cancelled; with NoWait, only its response to SendCommand counts.
	MaxTargets int
	// RequireNodes sends the command again if its targets matched no node, until NodesReady is over.
	// A command that matched no node ran nowhere, and is complete before the next one is sent.
	RequireNodes bool
	// NoWait returns once the command is sent.
	NoWait bool
	// Output and MaxOutput are those of [ResultsQuery].
	Output    bool
	MaxOutput int64
}

// RunResult is what is known about a command that was to be run.
type RunResult struct {
	// Results are those of the command that was accepted last. Results.Command.CommandID is "" if
	// none is known to have been accepted.
	Results
	// Adopted is [Sent.Adopted].
	Adopted bool
	// Sends counts the commands that were accepted. All but the last one matched no node.
	Sends int
	// Timeout is the time limit that applied to the whole run.
	Timeout time.Duration
}

// NoNodesMatchedError says that the targets of a command matched no node, so that it ran nowhere.
type NoNodesMatchedError struct {
	CommandID string
	// Sends counts the commands that were sent, each complete before the next.
	Sends int
	// Counted is set if DescribeInstanceInformation showed no node that matches; it is not if that
	// operation cannot be asked about the targets, or was rejected.
	Counted bool
	// Unknown is why DescribeInstanceInformation did not tell, nil if it did, or was not called.
	Unknown *Response
	// Waited is how long the run took.
	Waited time.Duration
}

func (e *NoNodesMatchedError) Error() string {
	return fmt.Sprintf("no node matched the targets of the command %s", e.CommandID)
}

// TooManyNodesError says that the targets of a command match more nodes than they may.
type TooManyNodesError struct {
	Maximum, Matching int
	// CommandID is "" if the nodes were counted before the command was sent; then none was.
	CommandID string
	// Cancel is what became of the command, and CancelErr why it could not be cancelled.
	Cancel    CancelResult
	CancelErr error
}

func (e *TooManyNodesError) Error() string {
	return fmt.Sprintf("the targets match %d nodes, more than %d", e.Matching, e.Maximum)
}

// UncountableTargetsError says that a maximum was set for the nodes that targets may match, and that
// DescribeInstanceInformation cannot be asked how many do. No command was sent.
type UncountableTargetsError struct{ Targets []Target }

func (e *UncountableTargetsError) Error() string {
	var keys []string
	for _, t := range e.Targets {
		keys = append(keys, t.Key)
	}
	return "DescribeInstanceInformation cannot count the nodes that these targets match: " + strings.Join(keys, ", ")
}

const (
	// leastSendTime is how long sending may take at least if no time limit was given, so that a
	// command for nodes that are ready survives a short outage.
	leastSendTime = time.Minute
	// expiredGrace is how long after a command expires it is waited for if no time limit was given:
	// the service gives a command that expired its final status some time later.
	expiredGrace = 2 * time.Minute
	// longestRun bounds a run without a time limit of its own.
	longestRun = 6 * time.Hour

	// tooManyLimit is how long the cancellation of a command for too many nodes may take.
	tooManyLimit = 10 * time.Second
)

// Run sends a command, waits until it is complete, and reads its results. The result has what is
// known, also with an error: a command that was accepted is never lost. With a [*PerhapsSentError]
// the result can have an earlier command, which matched no node.
//
// The errors, by type: those of [Client.Send], those of [Client.Results], those of [Client.Nodes],
// [*NoNodesMatchedError], [*TooManyNodesError], and [*UncountableTargetsError].
func (c *Client) Run(ctx context.Context, q RunRequest) (result RunResult, err error) {
	r := &commandRun{client: c, request: q, ready: poll.Grace{Limit: q.Send.NodesReady}}
	if r.started = q.Send.Started; r.started.IsZero() {
		r.started = time.Now()
	}
	progress := reporter{report: q.Send.Progress}
	r.progress = func(p Progress) {
		waited := p.Waited
		p.Waited = 0
		progress.tell(p, waited)
	}
	defer func() {
		if p := recover(); p != nil {
			result, err = r.result, newPanicError(p)
		}
	}()
	err = r.run(ctx)
	return r.result, err
}

// commandRun is one run.
type commandRun struct {
	client   *Client
	request  RunRequest
	started  time.Time
	progress func(Progress) // Reports what differs from what was reported last.
	sent     time.Time      // When the latest command was sent.
	ready    poll.Grace     // Starts when a command is complete that matched no node.
	result   RunResult
}

func (r *commandRun) run(ctx context.Context) error {
	r.limit(max(r.request.Send.NodesReady, leastSendTime))
	if err := r.count(ctx); err != nil {
		return err
	}
	for {
		if err := r.send(ctx); err != nil {
			return err
		}
		if r.tooMany(&r.result.Command) {
			return r.cancel(ctx)
		}
		if r.request.NoWait {
			return nil
		}
		err := r.wait(ctx)
		if r.tooMany(&r.result.Command) {
			return r.cancel(ctx)
		}
		if err != nil || !r.result.NoNodesMatched || !r.request.RequireNodes {
			return err
		}
		if err := r.newAwaitingNodes().wait(ctx); err != nil {
			return err
		}
		r.limit(max(r.ready.Ends().Sub(r.started), time.Since(r.started)+leastSendTime))
	}
}

// limit sets the time limit of the run, from its start on, if none was given.
func (r *commandRun) limit(limit time.Duration) {
	r.result.Timeout = min(limit, longestRun)
	if r.request.Send.Timeout > 0 {
		r.result.Timeout = r.request.Send.Timeout
	}
}

// limitByExpiry sets the time limit for waiting: until some time after the command expires. It takes
// the difference of two times of the service, whose clock may not be that of this machine.
func (r *commandRun) limitByExpiry() {
	c := &r.result.Command
	if c.ExpiresAfter.IsZero() || c.RequestedDateTime.IsZero() {
		r.limit(longestRun)
		return
	}
	r.limit(r.sent.Sub(r.started) + c.ExpiresAfter.Sub(c.RequestedDateTime) + expiredGrace)
}

// count counts the nodes that match, if there is a maximum.
func (r *commandRun) count(ctx context.Context) error {
	q := &r.request
	if q.MaxTargets <= 0 {
		return nil
	}
	matching := len(q.Send.InstanceIDs)
	if len(q.Send.Targets) > 0 {
		query, ok := NodesFor(q.Send.Targets)
		if !ok {
			return &UncountableTargetsError{Targets: q.Send.Targets}
		}
		query.Started, query.Timeout = r.started, r.result.Timeout
		nodes, err := r.client.Nodes(ctx, query)
		if err != nil {
			return err
		}
		matching = len(nodes)
	}
	if matching > q.MaxTargets {
		return &TooManyNodesError{Maximum: q.MaxTargets, Matching: matching}
	}
	return nil
}

// send sends the command once more.
func (r *commandRun) send(ctx context.Context) error {
	q := r.request.Send
	q.Started, q.Timeout, q.Progress = r.started, r.result.Timeout, r.progress
	sent, err := r.client.Send(ctx, q)
	if sent.Command.CommandID != "" {
		r.sent = time.Now()
		r.result.Results = Results{Command: sent.Command}
		r.result.Adopted = sent.Adopted
		r.result.Sends++
		r.limitByExpiry()
	}
	return err
}

// wait waits until the command is complete, and reads its results. It ends once the command turns
// out to be for too many nodes: the response to SendCommand has no count of targets that are tags.
func (r *commandRun) wait(ctx context.Context) error {
	results, err := r.client.Results(ctx, ResultsQuery{
		Command: r.result.Command, Output: r.request.Output, MaxOutput: r.request.MaxOutput,
		Progress: r.progress, Started: r.started, Timeout: r.result.Timeout, enough: r.tooMany,
	})
	r.result.Results = results
	return err
}

// tooMany reports whether a command is for more nodes than it may.
func (r *commandRun) tooMany(c *Command) bool {
	return r.request.MaxTargets > 0 && countOf(c.TargetCount) > r.request.MaxTargets
}

// cancel cancels a command for too many nodes.
func (r *commandRun) cancel(ctx context.Context) error {
	c := &r.result.Command
	e := &TooManyNodesError{Maximum: r.request.MaxTargets, Matching: countOf(c.TargetCount), CommandID: c.CommandID}
	if c.Complete() {
		e.Cancel = CancelResult{Outcome: CancelNotNeeded, Command: *c}
		return e
	}
	e.Cancel, e.CancelErr = r.client.Cancel(context.WithoutCancel(ctx), CancelRequest{
		CommandID: c.CommandID, Unchecked: true, DespiteInterrupt: true,
		Visibility: 2 * tooManyLimit, // A command that was just sent exists.
		Timeout:    tooManyLimit,
	})
	return e
}
