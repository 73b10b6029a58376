// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	// uncountedPause is the minimum time between two commands if the provider cannot count the
	// nodes that match.
	uncountedPause = time.Minute
	// countedPause is the minimum time between the first two commands if
	// DescribeInstanceInformation returns a node that matches. It doubles with each command, up to
	// uncountedPause, because SendCommand can disagree about which nodes match.
	countedPause = 5 * time.Second
)

// awaitingNodes: a command is complete and matched no node. The state ends when the command may be
// sent again.
type awaitingNodes struct {
	operation
	run *commandRun
	// uncounted is set if DescribeInstanceInformation has no filter for the targets, or rejects the
	// request.
	uncounted bool
	read      nodesRead
	unknown   *Response // The failure of DescribeInstanceInformation, nil without one.
}

func (r *commandRun) newAwaitingNodes() *awaitingNodes {
	s := &awaitingNodes{operation: r.client.begin(r.started, r.result.Timeout), run: r}
	query, countable := NodesFor(r.request.Send.Targets)
	s.uncounted, s.read = !countable, nodesRead{operation: s.operation, query: query}
	r.ready.Over(time.Now()) // Starts the period at the first command that matched no node.
	if ends := r.ready.Ends(); ends.Before(s.deadline) {
		s.deadline = ends
	}
	return s
}

// wait returns nil when the command may be sent again.
func (s *awaitingNodes) wait(ctx context.Context) error {
	s.run.progress(Progress{Phase: WaitingForNodes, Waited: s.waited()})
	if s.tooLate() {
		s.deadline = time.Now()
	}
	return s.operation.run(ctx, s)
}

// next returns the earliest time to send the command again.
func (s *awaitingNodes) next() time.Time {
	pause := uncountedPause
	if !s.uncounted {
		pause = min(pause, countedPause<<min(s.run.result.Sends-1, 10))
	}
	return s.run.sent.Add(pause)
}

// tooLate reports whether the command cannot be sent again in time.
func (s *awaitingNodes) tooLate() bool { return !s.next().Before(s.deadline) }

// Poll lists the nodes that match, once the command may be sent again.
func (s *awaitingNodes) Poll(ctx context.Context) (poll.State, error) {
	switch {
	case time.Now().Before(s.next()):
		return s, nil
	case s.uncounted:
		return nil, nil
	}
	if err := s.count(ctx); err != nil {
		return s, err
	}
	switch {
	case s.uncounted && s.tooLate():
		return nil, s.noNodesMatched()
	case s.uncounted, len(s.read.matching) == 0:
		return s, nil
	}
	return nil, nil
}

// count lists the nodes that match.
func (s *awaitingNodes) count(ctx context.Context) error {
	_, err := s.read.Poll(ctx)
	var f *awscall.CallError
	if errors.As(err, &f) && (f.Kind == awscall.Denied || f.Kind == awscall.Rejected) {
		response := responseOf(f)
		s.uncounted, s.unknown = true, &response
		return nil
	}
	return err
}

// PollBy returns the earliest time to send the command again.
func (s *awaitingNodes) PollBy() time.Time { return s.next() }

// TimedOut returns a [*NoNodesMatchedError]. It lists the nodes if that has not been done.
func (s *awaitingNodes) TimedOut(ctx context.Context) error {
	if !s.uncounted && !s.read.read {
		if err := s.count(ctx); err != nil {
			s.unknown = &Response{Operation: describeInstanceInformation, Cause: err.Error()}
		}
	}
	return s.noNodesMatched()
}

func (s *awaitingNodes) noNodesMatched() error {
	e := &NoNodesMatchedError{
		CommandID: s.run.result.Command.CommandID, Sends: s.run.result.Sends, Waited: s.waited(),
		Counted: s.read.read && len(s.read.matching) == 0, Unknown: s.unknown,
	}
	if e.Unknown == nil {
		e.Unknown = s.trouble()
	}
	return e
}
