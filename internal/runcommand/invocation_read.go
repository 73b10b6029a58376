// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	getCommandInvocation = "GetCommandInvocation"

	// invocationBodyLimit bounds a response in bytes: two streams of at most 24,000 and 8,000
	// characters, of six bytes each if they are escaped.
	invocationBodyLimit = 1 << 20
	// stepGrace is how long a step may be unknown while no step is listed, and how long a step may
	// lag behind an invocation that is complete.
	stepGrace = 30 * time.Second
	// lateOutput is when to poll again a step that just completed without output: its output can
	// arrive after its status (aws-sdk-js#1481).
	lateOutput = time.Second
	// lateGrace is how long that poll may fail before the first response is believed.
	lateGrace = 5 * time.Second
)

// Invocation reads one invocation, and waits until it is complete unless the query says otherwise.
// An invocation that ended as Failed is a result, not an error. With an error, the Result has what
// was read until then.
//
// The errors, by type: [*NotFoundError], [*StepNotFoundError], [*StillRunningError],
// [*AccessDeniedError], [*CredentialsError], [*ConfigurationError], [*RejectedError],
// [*UnavailableError], [*TooLargeError], [*InterruptedError]; with CompleteOutput also
// [*OutputNotAvailableError] and [*OutputTooLargeError].
func (c *Client) Invocation(ctx context.Context, q InvocationQuery) (Result, error) {
	r := &invocationRead{operation: c.begin(q.Started, q.Timeout), query: q, step: q.PluginName}
	err := r.run(ctx, &finding{r, r.newLookup(q.CommandID, q.InstanceID, q.Visibility)})
	if err == nil && q.CompleteOutput {
		err = r.complete(ctx)
		r.result.OutputOnly = err != nil
	}
	return r.result, err
}

// invocationRead is what the states of one read have in common.
//
//	finding      → running | undetermined | naming | done
//	naming       → running | summary | undetermined | done: InvalidPluginName
//	running      → confirming | undetermined | naming | done
//	confirming   → running | done: complete without output, which may be late
//	undetermined → summary | running | done: several steps, perhaps
//	summary      → done: several steps, and none was named
type invocationRead struct {
	operation
	query  InvocationQuery
	result Result
	step   string          // The name to request: the query's, or the name of the only step.
	entry  *NodeInvocation // The node's entry in the list, as it was last returned.
	ran    bool            // The step was seen before it was complete: output may be late.
}

// get requests the invocation.
func (r *invocationRead) get(ctx context.Context) (*Invocation, error) {
	in := &ssm.GetCommandInvocationInput{CommandId: aws.String(r.query.CommandID), InstanceId: aws.String(r.query.InstanceID)}
	if r.step != "" {
		in.PluginName = aws.String(r.step)
	}
	var i *Invocation
	var m members
	err := r.call(ctx, awscall.Call{Operation: getCommandInvocation, BodyLimit: invocationBodyLimit, Inspect: m.inspect}, func(ctx context.Context, o func(*ssm.Options)) error {
		out, err := r.client.api.GetCommandInvocation(ctx, in, o)
		if err != nil {
			return err
		}
		i = newInvocation(out, m.responseCode)
		return matches(out, r.query)
	})
	return i, err
}

// next takes what was returned and goes to the state that follows from it.
func (r *invocationRead) next(ctx context.Context, i *Invocation) (poll.State, error) {
	r.result = Result{Invocation: *i}
	if (i.Complete() || r.query.NoWait) && r.step == "" && i.maybeSeveral() {
		return (&undetermined{r, poll.Grace{Limit: stepGrace}}).resolve(ctx)
	}
	switch {
	case i.Complete() && r.ran && i.StandardOutput.Empty() && i.StandardError.Empty():
		return &confirming{r, poll.Grace{Limit: lateGrace}, time.Now().Add(lateOutput)}, nil
	case i.Complete() || r.query.NoWait:
		return nil, nil
	}
	r.ran = true
	return &running{invocationRead: r, nextEntry: time.Now().Add(lookupEvery), ended: poll.Grace{Limit: stepGrace}}, nil
}

// failed goes to the state that follows from an error in a state in which the invocation was
// visible: it is never missing again.
func (r *invocationRead) failed(ctx context.Context, s poll.State, err error) (poll.State, error) {
	switch {
	case is(err, "InvocationDoesNotExist"):
		return s, nil
	case is(err, "InvalidPluginName"):
		return newNaming(r).listed(ctx)
	}
	return nil, err
}

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

// timedOut says that the time was over, with the last status.
func (r *invocationRead) timedOut(ctx context.Context) error {
	i := r.result.Invocation
	if i.Status == "" {
		return r.contradiction(getCommandInvocation, "GetCommandInvocation returns the invocation without a status")
	}
	return r.stillRunning(ctx, &StillRunningError{Status: i.Status, StatusDetails: i.StatusDetails, Source: FromInvocation}, r.query.CommandID, nil)
}

// finding: the invocation has not been visible yet.
type finding struct {
	*invocationRead
	lookup *lookup
}

func (s *finding) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil:
		return s.next(ctx, i)
	case is(err, "InvocationDoesNotExist"):
		return s, s.lookup.absent(ctx)
	case is(err, "InvalidPluginName"):
		return newNaming(s.invocationRead).listed(ctx)
	}
	return nil, err
}

func (s *finding) PollBy() time.Time { return s.lookup.next }

func (s *finding) TimedOut(ctx context.Context) error {
	switch entry := s.lookup.existence.Node; {
	case entry != nil:
		return s.lookup.byEntry(ctx, entry)
	case !s.lookup.grace.Started():
		return s.unreached(s.Trouble())
	}
	return s.lookup.timedOut(ctx)
}

// running: the invocation is visible and not complete. An invocation that was visible once is never
// missing again.
type running struct {
	*invocationRead
	nextEntry time.Time  // When to compare with the node's entry.
	ended     poll.Grace // Starts when the entry is complete.
}

func (s *running) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil && !i.Complete():
		s.result = Result{Invocation: *i}
		return s.compare(ctx)
	case err == nil:
		return s.next(ctx, i)
	}
	return s.failed(ctx, s, err)
}

// compare requests the node's entry once a minute. An invocation can be complete without its step
// ever saying so; half a minute later the values are taken as they are.
func (s *running) compare(ctx context.Context) (poll.State, error) {
	now := time.Now()
	if now.Before(s.nextEntry) {
		return s, nil
	}
	entry, _, unavailable, err := s.listEntry(ctx)
	if err != nil {
		return nil, err
	}
	s.nextEntry = now.Add(lookupEvery)
	switch {
	case unavailable:
	case entry == nil || !entry.Complete():
		s.ended.Reset()
	case s.step == "" && len(entry.Steps) > 1:
		return (&summary{s.invocationRead}).take(entry)
	case s.ended.Over(now):
		s.result.StepUnfinished = &StepUnfinished{InvocationStatus: entry.Status, Waited: s.ended.Lasted(now)}
		return nil, nil
	default:
		s.nextEntry = s.ended.Ends()
	}
	return s, nil
}

func (s *running) TimedOut(ctx context.Context) error { return s.timedOut(ctx) }

// confirming: the step just completed without output, which can arrive after the status.
type confirming struct {
	*invocationRead
	grace poll.Grace
	at    time.Time
}

func (s *confirming) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	var f *awscall.CallError
	switch {
	case err == nil:
		s.ran = false // Once is enough.
		return s.next(ctx, i)
	case s.grace.Over(time.Now()), errors.As(err, &f) && f.Final():
		return nil, nil // The step was complete; only its output might have been late.
	}
	return nil, err
}

func (s *confirming) PollBy() time.Time { return s.at }

func (s *confirming) TimedOut(context.Context) error { return nil }

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
