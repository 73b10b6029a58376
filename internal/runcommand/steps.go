// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"slices"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// This file has the states of a read of an invocation whose step is not clear: there are several
// steps and none was named, or the service returns InvalidPluginName.

// stepGrace is the maximum time to retry InvalidPluginName while no step is listed, and to wait for
// the step of an invocation that is complete.
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

// undetermined: the response can be about several steps, which are not known yet. Without a step's
// name, the service returns only the status of such an invocation.
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

// resolve requests the node's entry, and decides by the number of its steps.
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
		// The response is about the only step.
		return nil, nil
	case s.query.NoWait && !s.result.Invocation.Complete():
		return nil, nil
	case denied != nil, s.query.NoWait, over && !unavailable:
		// The steps cannot be listed. The response has the form of one about several steps, so its
		// empty output does not mean that a stream is empty.
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

// naming: the service returned InvalidPluginName. There is no such step, or there are several and
// none was named, or the step is not visible yet. The node's entry shows which. The service can
// return the error temporarily for a step that exists. Until 2020, it also did if no step was named
// and there were several.
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

// listed requests the node's entry, and decides by the names of its steps.
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
		s.step = entry.Steps[0].Name // Request the only step by its name.
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

// summary: there are several steps, and none was named. The values come from the node's entry,
// because the exit code and the output of a step are not those of the invocation.
type summary struct{ *invocationRead }

func (s *summary) Poll(ctx context.Context) (poll.State, error) {
	entry, _, _, err := s.listEntry(ctx)
	if err != nil || entry == nil {
		return s, err
	}
	return s.take(entry)
}

// take stores the values of the entry.
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
