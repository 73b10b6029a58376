package runcommand

import (
	"context"
	"time"
)

// outOfTime says what it means that the read's time is over, by what was seen.
// Being out of time is never taken for a failure of the command.
func (v *invocationRead) outOfTime(ctx context.Context) error {
	last := &StillRunningError{Status: v.result.Invocation.Status, StatusDetails: v.result.Invocation.StatusDetails, Source: FromInvocation}
	switch {
	case !v.settled.IsZero():
		// The step had ended; only the second look at its empty output was pending.
		return nil
	case v.seen && v.result.Invocation.Ended():
		return v.noValues("ListCommandInvocations", "the invocation has ended as "+last.Status+", but its steps could not be told")
	case v.seen && last.Status != "":
		return v.stillRunning(ctx, last, v.query.CommandID, nil)
	case v.row != nil:
		return v.byRow(ctx, v.row, v.query.CommandID, v.clock.finding.Command)
	case v.seen && v.finding.unanswered:
		return v.unreached()
	case v.seen && !v.stepSince.IsZero():
		return &StepNotFoundError{Silence: v.finding.NodeSilence, Waited: time.Since(v.stepSince)}
	case v.clock.since.IsZero():
		return v.unreached()
	default:
		return v.lastWord(ctx, &v.clock)
	}
}
