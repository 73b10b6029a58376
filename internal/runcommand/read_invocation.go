package runcommand

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

const (
	// stepGrace is how long a step may be unknown while no step is listed, and how
	// long a step may lag behind an invocation that has ended.
	stepGrace = 30 * time.Second
	// lateOutput is when to look again at a step that just ended with nothing
	// written: its output can arrive after its status (aws-sdk-js#1481).
	lateOutput = time.Second
	// lateGrace is how long that second look may fail before the first is believed.
	lateGrace = 5 * time.Second
	// lastWords bounds what is asked after the read's time is over, for the error.
	lastWords = 5 * time.Second
)

// Invocation reads one invocation, and waits until it has ended unless the query
// says otherwise. An invocation that ended as Failed is a result, not an error.
//
// The errors, by type: [*NotFoundError], [*StepNotFoundError],
// [*StillRunningError], [*AccessDeniedError], [*CredentialsError],
// [*RejectedError], [*UnavailableError], [*InterruptedError]; with CompleteOutput
// also [*OutputNotAvailableError] and [*OutputTooLargeError].
func (r *Reader) Invocation(ctx context.Context, q InvocationQuery) (Result, error) {
	v := &invocationRead{
		wait:  r.newWait(q.Started, q.Timeout),
		query: q,
		clock: clock{command: q.CommandID, node: q.InstanceID, limit: q.Visibility},
	}
	v.nextNode = time.Now().Add(witnessEvery)
	err := v.inTime(ctx, v.look, v.outOfTime)
	if err == nil && q.CompleteOutput {
		err = v.complete(ctx)
	}
	return v.result, err
}

// invocationRead is one read: what was seen so far, and when to ask whom.
type invocationRead struct {
	*wait
	query  InvocationQuery
	result Result

	seen     bool // The invocation was visible: it is never missing again.
	running  bool // It was seen before it had ended.
	checked  bool // Its empty output was looked at twice.
	rowsOnly bool // Several steps and none named: the node's row is what is asked.

	settled time.Time // When result first held values that are to be looked at once more.

	clock   clock   // Runs from the first "does not exist".
	finding Finding // What the node's row said last.

	stepSince time.Time // The first InvalidPluginName.
	bareSince time.Time // The first answer without an exit code.
	nextStep  time.Time

	nextNode  time.Time // When to ask for the node's row while a step is waited for.
	nodeEnded time.Time // When the row was first seen ended.
	row       *NodeInvocation
}

// look asks once and reports whether the read is done.
func (v *invocationRead) look(ctx context.Context) (bool, error) {
	if v.rowsOnly {
		return v.lookAtRow(ctx)
	}
	i, err := v.get(ctx)
	var f *failure
	switch {
	case err == nil:
		return v.visible(ctx, i)
	case !v.settled.IsZero() && (errors.As(err, &f) && f.final() || time.Since(v.settled) >= lateGrace):
		// The second look was for output that may be late; the step had ended.
		return true, nil
	case errors.As(err, &f) && f.kind == notVisible:
		return v.invisible(ctx)
	case errors.As(err, &f) && f.kind == stepUnknown:
		return v.unknownStep(ctx)
	default:
		return false, err
	}
}

// get asks for the invocation itself.
func (v *invocationRead) get(ctx context.Context) (*Invocation, error) {
	in := &ssm.GetCommandInvocationInput{CommandId: aws.String(v.query.CommandID), InstanceId: aws.String(v.query.InstanceID)}
	if v.query.PluginName != "" {
		in.PluginName = aws.String(v.query.PluginName)
	}
	var i *Invocation
	err := v.ask(ctx, "GetCommandInvocation", func(ctx context.Context, a *attempts) error {
		b := body{attempts: a}
		out, err := v.reader.api.GetCommandInvocation(ctx, in, a.ssm, b.note)
		if err != nil {
			return err
		}
		i = newInvocation(out, b.responseCode)
		return about(out, v.query)
	})
	return i, err
}

// visible takes an invocation as it was answered.
func (v *invocationRead) visible(ctx context.Context, i *Invocation) (bool, error) {
	v.seen = true
	v.clock.since, v.stepSince = time.Time{}, time.Time{}
	v.result = Result{Invocation: *i}
	ended := i.Ended()
	if !ended {
		v.running, v.settled = true, time.Time{}
	}
	if (ended || v.query.NoWait) && v.query.PluginName == "" && i.withoutCode() {
		return v.severalSteps(ctx)
	}
	switch {
	case ended && v.running && !v.checked && i.StandardOutput.Empty() && i.StandardError.Empty():
		v.checked, v.settled = true, time.Now()
		v.wakeAt(time.Now().Add(lateOutput))
		return false, nil
	case ended || v.query.NoWait:
		return true, nil
	default:
		return v.compareWithNode(ctx)
	}
}

// compareWithNode asks for the node's row once a minute while a step is waited
// for. An invocation can end without its step ever saying so; half a minute later
// the values are taken as they stand.
func (v *invocationRead) compareWithNode(ctx context.Context) (bool, error) {
	now := time.Now()
	if now.Before(v.nextNode) {
		return false, nil
	}
	row, err := v.askRow(ctx)
	if err != nil {
		return false, err
	}
	v.nextNode = now.Add(witnessEvery)
	switch {
	case v.finding.unanswered: // That is no testimony.
	case row == nil || !row.Ended():
		v.nodeEnded = time.Time{}
	case v.query.PluginName == "" && len(row.Steps) > 1:
		return v.takeRow(row)
	case v.nodeEnded.IsZero():
		v.nodeEnded = now
		v.nextNode = now.Add(stepGrace)
	default:
		v.result.StepUnfinished = &StepUnfinished{InvocationStatus: row.Status, Waited: now.Sub(v.nodeEnded)}
		return true, nil
	}
	return false, nil
}

// askRow asks for the node's row; a refusal is silence.
func (v *invocationRead) askRow(ctx context.Context) (*NodeInvocation, error) {
	v.finding = Finding{}
	var err error
	v.finding.Node, v.finding.NodeSilence, err = testimony(v.wait, &v.finding, func() (*NodeInvocation, error) {
		return v.node(ctx, v.query.CommandID, v.query.InstanceID)
	})
	if v.finding.Node != nil {
		v.row = v.finding.Node
	}
	return v.finding.Node, err
}

// invisible handles "does not exist".
func (v *invocationRead) invisible(ctx context.Context) (bool, error) {
	if v.seen {
		return false, nil
	}
	err := v.absent(ctx, &v.clock)
	if v.clock.finding.Node != nil {
		v.row = v.clock.finding.Node
	}
	return false, err
}

// unknownStep handles InvalidPluginName: the node's row decides. The service can
// answer it for a moment to a step that exists, and up to 2020 answered it when no
// step was named and there were several.
func (v *invocationRead) unknownStep(ctx context.Context) (bool, error) {
	v.seen = true
	now := time.Now()
	if v.stepSince.IsZero() {
		v.stepSince, v.nextStep = now, now
	}
	if now.Before(v.nextStep) {
		v.wakeAt(v.nextStep)
		return false, nil
	}
	row, err := v.askRow(ctx)
	if err != nil {
		return false, err
	}
	over := now.Sub(v.stepSince) >= stepGrace && !v.finding.unanswered
	switch {
	case row != nil && v.query.PluginName == "" && len(row.Steps) > 1:
		v.rowsOnly = true
		return v.takeRow(row)
	case row != nil && len(row.Steps) > 0 && v.query.PluginName != "" && !slices.Contains(row.stepNames(), v.query.PluginName):
		return false, &StepNotFoundError{Steps: row.stepNames(), Waited: now.Sub(v.stepSince)}
	case row != nil && len(row.Steps) > 0:
		v.nextStep = now.Add(witnessEvery)
	case over:
		return false, &StepNotFoundError{Silence: v.finding.NodeSilence, Waited: now.Sub(v.stepSince)}
	case v.finding.unanswered:
		v.nextStep = now
		return false, nil
	default:
		v.nextStep = v.stepSince.Add(stepGrace)
	}
	v.wakeAt(v.nextStep)
	return false, nil
}
