// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"slices"
	"time"
)

// cancelInput is the input of CancelCommand.
type cancelInput struct {
	CommandID   *string  `json:"CommandId"`
	InstanceIDs []string `json:"InstanceIds"`
}

// readCancel reads a request to CancelCommand.
func (c *call) readCancel(body []byte) *failure {
	rejection := decodeStrict(body, &c.cancel)
	c.record.CommandID, c.record.InstanceIDs = text(c.cancel.CommandID), c.cancel.InstanceIDs
	return rejection
}

// cancelCommand implements CancelCommand. Cancellation is best effort, and the response is empty
// regardless of the outcome. An empty response for a command that is complete is assumed, and so is
// the condition for InvalidInstanceId.
func (s *Server) cancelCommand(c *call, now time.Time) (object, *failure) {
	var v violations
	v.required(c.cancel.CommandID, "commandId")
	v.commandID(c.cancel.CommandID)
	v.instanceIDs(c.cancel.InstanceIDs)
	if rejection := v.failure(); rejection != nil {
		return nil, rejection
	}
	if hasDuplicates(c.cancel.InstanceIDs) {
		return nil, &failure{code: "DuplicateInstanceId"}
	}
	m := s.byID[c.record.CommandID]
	if m == nil || !m.exists(c.record.Region, now) || now.Before(m.listed) {
		return nil, &failure{code: "InvalidCommandId", message: "Command id " + c.record.CommandID + " does not exist."}
	}
	for _, id := range c.cancel.InstanceIDs {
		if m.byInstance[id] == nil {
			return nil, &failure{code: "InvalidInstanceId"}
		}
	}
	m.cancel(c.cancel.InstanceIDs, now.Add(c.late), s.script.Behavior)
	if m.OutputS3BucketName != "" {
		s.buckets[m.OutputS3BucketName].addUploads(m)
	}
	return object{}, nil
}

// cancel stops a command on the given nodes, or on all of them.
func (c *command) cancel(ids []string, at time.Time, behavior Behavior) {
	chosen := func(n *node) bool { return len(ids) == 0 || slices.Contains(ids, n.InstanceID) }
	if c.version == nil { // A scripted command.
		for _, n := range c.nodes {
			if chosen(n) {
				n.cancel(at, later(at.Add(behavior.cancelTakes()), c.assignable()), behavior.ShowCancelling)
			}
		}
		return
	}
	for _, a := range c.assignments {
		if chosen(a.node) && a.cancelled.IsZero() {
			a.cancelled = at
		}
	}
	c.plan()
}

// cancel replaces the future of the steps of an invocation. A step that completes by the time done
// keeps its result, a running step is killed, and a step that has not started never starts. A
// recorded agent took 3 seconds to report the cancellation.
func (n *node) cancel(at, done time.Time, show bool) {
	for _, s := range n.steps {
		last := s.moments[len(s.moments)-1]
		if last.ended() && !last.at.After(done) && (s.neverStarted || !s.started.After(at)) {
			continue
		}
		s.moments = slices.DeleteFunc(s.moments, func(m moment) bool { return m.at.After(at) })
		if show {
			s.add(at, state{"Cancelling", "Cancelling"})
			show = false // The other steps wait for this step.
		}
		s.add(done, state{"Cancelled", "Cancelled"})
		s.StandardError, s.outputAt = "", done
		if s.neverStarted || s.started.After(at) {
			s.neverStarted, s.StandardOutput, s.ResponseCode = true, "", Code(-1)
			continue
		}
		s.StandardOutput, s.ResponseCode = s.partial, nil
		s.elapsed = min(s.elapsed, at.Sub(s.started).Truncate(time.Millisecond))
	}
}
