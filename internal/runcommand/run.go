// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// RunRequest is a command to send and to wait for.
type RunRequest struct {
	// Send is the command. Its Started and Timeout apply to the whole run. With a Timeout of 0, the
	// limit to send the command is NodesReady, but at least a minute. Run then waits until two
	// minutes after the command expires. The whole run takes at most six hours.
	Send SendRequest
	// MaxTargets is the maximum number of nodes that may match; 0 means no limit. Run counts the
	// nodes before it sends the command. If the service then reports more, Run cancels the command.
	// With NoWait, it checks only the response to SendCommand.
	MaxTargets int
	// RequireNodes sends the command again if the service reports that its targets matched no node,
	// until NodesReady is over.
	// A command that matched no node ran nowhere, and is complete before the next one is sent.
	RequireNodes bool
	// NoWait returns when the command is sent.
	NoWait bool
	// Output and MaxOutput are those of [ResultsQuery].
	Output    bool
	MaxOutput int64
}

// RunResult is the result of [Client.Run].
type RunResult struct {
	// Results are those of the last command that the service accepted. Results.Command.CommandID is
	// "" if no response shows that it accepted one.
	Results
	// Adopted is [Sent.Adopted].
	Adopted bool
	// Sends is the number of accepted commands. All but the last one matched no node.
	Sends int
	// Timeout is the time limit that applied to the whole run.
	Timeout time.Duration
}

// NoNodesMatchedError reports that the targets of a command matched no node, so that it ran
// nowhere.
type NoNodesMatchedError struct {
	CommandID string
	// Sends is the number of commands that were sent, each complete before the next.
	Sends int
	// Counted is set if DescribeInstanceInformation returned no node that matches. It is not set if
	// that operation has no filter for the targets, or was rejected.
	Counted bool
	// Unknown is the failure of DescribeInstanceInformation, nil without one.
	Unknown *Response
	// Waited is how long the run took.
	Waited time.Duration
}

func (e *NoNodesMatchedError) Error() string {
	return fmt.Sprintf("no node matched the targets of the command %s", e.CommandID)
}

// TooManyNodesError reports that the targets of a command match more nodes than MaxTargets.
type TooManyNodesError struct {
	Maximum, Matching int
	// CommandID is "" if no command was sent.
	CommandID string
	// Cancel and CancelErr are the result of the cancellation of the command.
	Cancel    CancelResult
	CancelErr error
}

func (e *TooManyNodesError) Error() string {
	return fmt.Sprintf("the targets match %d nodes, more than %d", e.Matching, e.Maximum)
}

// UncountableTargetsError reports that MaxTargets is set, and that DescribeInstanceInformation has
// no filter for the targets. No command was sent.
type UncountableTargetsError struct{ Targets []Target }

func (e *UncountableTargetsError) Error() string {
	var keys []string
	for _, t := range e.Targets {
		keys = append(keys, t.Key)
	}
	return "DescribeInstanceInformation cannot count the nodes that these targets match: " + strings.Join(keys, ", ")
}

const (
	// leastSendTime is the minimum time to send a command without a Timeout, so that a short outage
	// does not fail a command for nodes that are ready.
	leastSendTime = time.Minute
	// expiredGrace is the time to wait after a command expires, without a Timeout. The service sets
	// the final status of an expired command some time later.
	expiredGrace = 2 * time.Minute
	// longestRun is the maximum time of a run without a Timeout.
	longestRun = 6 * time.Hour

	// tooManyLimit is the maximum time to cancel a command for too many nodes.
	tooManyLimit = 10 * time.Second
)

// Run sends a command, waits until it is complete, and reads its results. With an error, the result
// has the last responses, so the ID of an accepted command is always returned. With a
// [*PerhapsSentError], the result can have an earlier command, which matched no node.
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
		if err != nil || !r.request.RequireNodes || !r.mayMatchLater() {
			return err
		}
		if err := r.newAwaitingNodes().wait(ctx); err != nil {
			return err
		}
		r.limit(max(r.ready.Ends().Sub(r.started), time.Since(r.started)+leastSendTime))
	}
}

// limit sets the time limit of the run, counted from its start, unless the request has a Timeout.
func (r *commandRun) limit(limit time.Duration) {
	r.result.Timeout = min(limit, longestRun)
	if r.request.Send.Timeout > 0 {
		r.result.Timeout = r.request.Send.Timeout
	}
}

// limitByExpiry sets the time limit to expiredGrace after the command expires. It uses the
// difference of two times of the service, whose clock can differ from that of this machine.
func (r *commandRun) limitByExpiry() {
	c := &r.result.Command
	if c.ExpiresAfter.IsZero() || c.RequestedDateTime.IsZero() {
		r.limit(longestRun)
		return
	}
	r.limit(r.sent.Sub(r.started) + c.ExpiresAfter.Sub(c.RequestedDateTime) + expiredGrace)
}

// count counts the nodes that match, if MaxTargets is set.
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

// send sends the command, for the first time or again.
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

// wait waits until the command is complete, and reads its results. It returns early if a response
// shows that the command is for too many nodes: the response to SendCommand has no count for tags.
func (r *commandRun) wait(ctx context.Context) error {
	results, err := r.client.Results(ctx, ResultsQuery{
		Command: r.result.Command, Output: r.request.Output, MaxOutput: r.request.MaxOutput,
		Progress: r.progress, Started: r.started, Timeout: r.result.Timeout, enough: r.tooMany,
	})
	r.result.Results = results
	return err
}

// mayMatchLater reports whether a command matched no node and may match one if it is sent again.
// The service gives a command that matched no node the status Success with other status details
// (recorded: NoInstancesInTag). With the details Success, the count may lag behind, and nodes may
// have run the command. Another status has another cause, such as a cancellation, which sending the
// command again would undo.
func (r *commandRun) mayMatchLater() bool {
	c := &r.result.Command
	success := string(types.CommandStatusSuccess)
	return r.result.NoNodesMatched && c.Status == success && c.StatusDetails != success
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
		Visibility: 2 * tooManyLimit, // The command exists, so do not give up within the timeout.
		Timeout:    tooManyLimit,
	})
	return e
}
