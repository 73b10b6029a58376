package runcommand

import (
	"context"
	"time"
)

// severalSteps handles an answer without an exit code to a question without a
// step: today's service gives that for an invocation of several steps, the
// overall status with nothing else. The node's row says whether it is one.
func (v *invocationRead) severalSteps(ctx context.Context) (bool, error) {
	row, err := v.askRow(ctx)
	if err != nil {
		return false, err
	}
	now := time.Now()
	if v.bareSince.IsZero() {
		v.bareSince = now
	}
	switch {
	case row != nil && len(row.Steps) > 1:
		return v.takeRow(row)
	case row != nil && len(row.Steps) == 1:
		// One step, and no exit code all the same: null, which is what was said.
		return true, nil
	case v.query.NoWait && !v.result.Invocation.Ended():
		return true, nil
	case v.finding.NodeSilence != nil, v.query.NoWait, now.Sub(v.bareSince) >= stepGrace && !v.finding.unanswered:
		// No list of steps is to be had. The form of the answer says that there are
		// several, so its empty output is not taken for an empty stream.
		v.overall()
		v.result.StepNameNeeded = &StepNameNeeded{Silence: v.finding.NodeSilence}
		return true, nil
	default:
		return false, nil
	}
}

// lookAtRow asks for the node's row in the place of the invocation, where the
// service gives none without a step's name.
func (v *invocationRead) lookAtRow(ctx context.Context) (bool, error) {
	row, err := v.askRow(ctx)
	if err != nil || row == nil {
		return false, err
	}
	return v.takeRow(row)
}

// takeRow takes the values of an invocation of several steps from the node's row:
// no step's exit code or output is that of the invocation.
func (v *invocationRead) takeRow(row *NodeInvocation) (bool, error) {
	v.result.Invocation.CommandID, v.result.Invocation.InstanceID = v.query.CommandID, v.query.InstanceID
	v.overall()
	i := &v.result.Invocation
	i.Status, i.StatusDetails = row.Status, row.StatusDetails
	i.Comment, i.DocumentName, i.DocumentVersion = row.Comment, row.DocumentName, row.DocumentVersion
	i.CloudWatchOutput = row.CloudWatchOutput
	v.result.StepNameNeeded = &StepNameNeeded{Steps: row.stepNames()}
	return row.Ended() || v.query.NoWait, nil
}

// overall removes from the result what belongs to a step.
func (v *invocationRead) overall() {
	i := &v.result.Invocation
	i.PluginName, i.ResponseCode = "", nil
	i.StandardOutput, i.StandardError = Stream{}, Stream{}
}
