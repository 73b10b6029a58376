// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"slices"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// The states of a read of an invocation whose step is in question: there are several steps and none
// was named, or the service does not know the name.

// stepGrace is how long a step may be unknown while no step is listed, and how long a step may lag
// behind an invocation that is complete.
const stepGrace = 30 * time.Second

// listEntry requests the node's entry. denied is set if ListCommandInvocations was rejected,
// unavailable if it could not be called.
func (r *invocationRead) listEntry(ctx context.Context) (entry *NodeInvocation, denied *Response, unavailable bool, err error) {
	var e Existence
	entry, denied, err = tryLookup(r.operation, &e, func() (*NodeInvocation, error) {
		return r.findEntry(ctx, r.query.CommandID, r.query.InstanceID)
	})
	if entry != nil {
		r.entry = entry
	}
	return entry, denied, e.trouble != nil, err
}

// undetermined: the response has the form of one about several steps, and the steps are not known
// yet. Without a step's name the service returns the overall status with nothing else.
type undetermined struct {
	*invocationRead
	grace poll.Grace
}

func (s *undetermined) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil && (i.Complete() || s.query.NoWait) && i.maybeSeveral():
		s.result = Result{Invocation: *i}
		return s.resolve(ctx)
	case err == nil:
		return s.next(ctx, i)
	}
	return s.failed(ctx, s, err)
}

// resolve finds out by the node's entry how many steps there are.
func (s *undetermined) resolve(ctx context.Context) (poll.State, error) {
	entry, denied, unavailable, err := s.listEntry(ctx)
	if err != nil {
		return nil, err
	}
	over := s.grace.Over(time.Now())
	switch {
	case entry != nil && len(entry.Steps) > 1:
		return (&summary{s.invocationRead}).take(entry)
	case entry != nil && len(entry.Steps) == 1:
		// One step: the response is about it.
		return nil, nil
	case s.query.NoWait && !s.result.Invocation.Complete():
		return nil, nil
	case denied != nil, s.query.NoWait, over && !unavailable:
		// No list of steps is to be had. The form of the response says that there are several, so
		// its empty output is not taken for an empty stream.
		s.result.Invocation.withoutStep()
		s.result.StepNameNeeded = &StepNameNeeded{Denied: denied}
		return nil, nil
	}
	return s, nil
}

func (s *undetermined) TimedOut(ctx context.Context) error {
	if status := s.result.Invocation.Status; s.result.Invocation.Complete() {
		return s.contradiction(listCommandInvocations, "the invocation is complete ("+status+"), but its steps could not be listed")
	}
	return s.timedOut(ctx)
}

// naming: InvalidPluginName. There is no such step, or there are several and none was named, or the
// step is not visible yet. The node's entry decides: the service can return the error for a moment
// for a step that exists, and until 2020 did so if no step was named and there were several.
type naming struct {
	*invocationRead
	grace       poll.Grace // Starts with the state.
	refused     poll.Grace // Starts when the entry is complete and lists the step.
	next        time.Time  // When to request the entry.
	denied      *Response
	unavailable bool
}

func newNaming(r *invocationRead) *naming {
	return &naming{invocationRead: r, grace: poll.Grace{Limit: stepGrace}, refused: poll.Grace{Limit: stepGrace}}
}

func (s *naming) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil:
		return s.invocationRead.next(ctx, i)
	case is(err, "InvocationDoesNotExist"):
		return s, nil
	case is(err, "InvalidPluginName"):
		return s.listed(ctx)
	}
	return nil, err
}

// listed requests the node's entry and decides by the steps that it lists.
func (s *naming) listed(ctx context.Context) (poll.State, error) {
	now := time.Now()
	over := s.grace.Over(now)
	if now.Before(s.next) {
		return s, nil
	}
	entry, denied, unavailable, err := s.listEntry(ctx)
	s.denied, s.unavailable = denied, unavailable
	if err != nil {
		return nil, err
	}
	steps := 0
	if entry != nil {
		steps = len(entry.Steps)
	}
	switch {
	case steps > 1 && s.query.PluginName == "":
		return (&summary{s.invocationRead}).take(entry)
	case steps > 0 && s.query.PluginName != "" && !slices.Contains(entry.stepNames(), s.query.PluginName):
		return nil, &StepNotFoundError{Steps: entry.stepNames(), Waited: s.grace.Lasted(now)}
	case steps == 1 && s.step == "":
		s.step = entry.Steps[0].Name // The service wants a name: name the only step.
	case steps > 0 && !entry.Complete():
		s.refused.Reset()
		s.next = now.Add(lookupEvery)
	case steps > 0 && s.refused.Over(now):
		return nil, s.contradiction(getCommandInvocation, "ListCommandInvocations reports the invocation as complete ("+entry.Status+
			") and lists the step, but GetCommandInvocation returns InvalidPluginName")
	case steps > 0:
		s.next = s.refused.Ends()
	case unavailable:
	case over:
		return nil, &StepNotFoundError{Denied: denied, Waited: s.grace.Lasted(now)}
	default:
		s.next = s.grace.Ends()
	}
	return s, nil
}

func (s *naming) PollBy() time.Time { return s.next }

func (s *naming) TimedOut(ctx context.Context) error {
	switch {
	case s.result.Invocation.Status != "":
		return s.timedOut(ctx)
	case s.entry != nil:
		return s.entryOnly(ctx, s.entry, s.query.CommandID, nil)
	case s.unavailable:
		return s.unreached(s.Trouble())
	}
	return &StepNotFoundError{Denied: s.denied, Waited: s.grace.Lasted(time.Now())}
}

// summary: several steps and none was named. The values come from the node's entry, since no step's
// exit code or output is that of the invocation.
type summary struct{ *invocationRead }

func (s *summary) Poll(ctx context.Context) (poll.State, error) {
	entry, _, _, err := s.listEntry(ctx)
	if err != nil || entry == nil {
		return s, err
	}
	return s.take(entry)
}

// take takes the values of the entry.
func (s *summary) take(entry *NodeInvocation) (poll.State, error) {
	i := &s.result.Invocation
	i.CommandID, i.InstanceID = s.query.CommandID, s.query.InstanceID
	i.withoutStep()
	i.Status, i.StatusDetails = entry.Status, entry.StatusDetails
	i.Comment, i.DocumentName, i.DocumentVersion = entry.Comment, entry.DocumentName, entry.DocumentVersion
	i.CloudWatchOutput = entry.CloudWatchOutput
	s.result.StepNameNeeded = &StepNameNeeded{Steps: entry.stepNames()}
	if entry.Complete() || s.query.NoWait {
		return nil, nil
	}
	return s, nil
}

func (s *summary) TimedOut(ctx context.Context) error { return s.timedOut(ctx) }
