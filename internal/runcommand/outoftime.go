package runcommand

import (
	"context"
	"time"
)

// outOfTime says what it means that the read's time is over, by what was seen.
// Being out of time is never taken for a failure of the command.
//
// One or two more questions, bounded by [lastWords], make the error useful; they
// run in the caller's context, so that they can still be interrupted.
func (v *invocationRead) outOfTime(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, lastWords)
	defer cancel()
	switch {
	case !v.settled.IsZero():
		// The step had ended; only the second look at its empty output was pending.
		return nil
	case v.seen && v.result.Invocation.Status != "":
		return v.stillRunning(ctx, v.result.Invocation.Status, v.result.Invocation.StatusDetails, FromInvocation)
	case v.row != nil:
		return v.stillRunning(ctx, v.row.Status, v.row.StatusDetails, FromNode)
	case v.seen && !v.stepSince.IsZero():
		return &StepNotFoundError{Silence: v.finding.NodeSilence, Waited: time.Since(v.stepSince)}
	case v.missingSince.IsZero():
		return v.unreached()
	}
	if finding, err := v.explain(ctx, v.query.CommandID, v.query.InstanceID); err == nil && !finding.unanswered {
		v.finding = finding
	}
	switch {
	case v.finding.Node != nil:
		return v.stillRunning(ctx, v.finding.Node.Status, v.finding.Node.StatusDetails, FromNode)
	case v.finding.judge(v.query.InstanceID, true) == expected:
		return v.stillRunning(ctx, v.finding.Command.Status, v.finding.Command.StatusDetails, FromCommand)
	case v.finding.unanswered:
		return v.unreached()
	default:
		return v.notFound()
	}
}

// stillRunning gives the last status, and until when the service itself gives the
// command: that is how long it is worth waiting.
func (v *invocationRead) stillRunning(ctx context.Context, status, details string, source StatusSource) error {
	e := &StillRunningError{Status: status, StatusDetails: details, Source: source, Waited: v.waited()}
	if v.trouble != nil {
		answer := v.trouble.answer()
		e.Trouble = &answer
	}
	command := v.finding.Command
	if command == nil {
		command, _ = v.command(ctx, v.query.CommandID)
	}
	if command != nil {
		e.ExpiresAfter = command.ExpiresAfter
	}
	return e
}

// unreached says that nothing is known, since no question got through.
func (v *invocationRead) unreached() error {
	e := &UnavailableError{Why: GaveUpOutOfTime, Attempts: v.failed, Waited: v.waited()}
	if v.trouble != nil {
		e.Answer = v.trouble.answer()
	}
	return e
}
