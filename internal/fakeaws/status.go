// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"strconv"
	"strings"
	"time"
)

// state is a status with its details, for a command, an invocation, or a step.
type state struct{ Status, StatusDetails string }

func (s state) ended() bool {
	switch s.Status {
	case "Success", "Failed", "TimedOut", "Cancelled":
		return true
	}
	return false
}

// ran reports whether the agent reported the completion. Otherwise the service has neither times
// nor output, although the script may have run: in a recording, an alarm stopped the command and
// not its shell.
func (s state) ran() bool {
	switch s.StatusDetails {
	case "DeliveryTimedOut", "Terminated", "Undeliverable", "InvalidPlatform", "AccessDenied":
		return false
	}
	return s.ended()
}

// at is the step's state at a time.
func (s *step) at(now time.Time) state {
	current := state{"Pending", "Pending"}
	if s.first {
		current = state{"InProgress", "InProgress"}
	}
	for _, m := range s.moments {
		if now.Before(m.at) {
			break
		}
		current = m.state
	}
	return current
}

// code is the exit code that the service returns: -1 until the agent reports completion.
func (s *step) code(now time.Time) int {
	current := s.at(now)
	switch {
	case !current.ended():
		return -1
	case s.ResponseCode != nil:
		return *s.ResponseCode
	case !current.ran():
		return -1
	case current.Status == "Success":
		return 0
	case current.Status == "Failed":
		return 1
	}
	// The process was killed by executionTimeout or CancelCommand: 128 + SIGKILL, as recorded on
	// Linux.
	return 137
}

// at is the node's state, derived from its steps as in the agent: the node is not complete before
// all steps are, and then Failed takes precedence over TimedOut, Cancelled, and Success, in this
// order.
func (n *node) at(now time.Time) state {
	if n.Status != "" && !now.Before(n.command.sent.Add(n.StatusFrom.Duration())) {
		return state{n.Status, n.StatusDetails}
	}
	rank := []string{"Success", "Cancelled", "TimedOut", "Failed"}
	worst, result := -1, state{}
	for _, s := range n.steps {
		current := s.at(now)
		if !current.ended() {
			if !s.first && current.StatusDetails == "Pending" {
				return state{"InProgress", "InProgress"} // Between two steps.
			}
			return current
		}
		for k, status := range rank {
			if status == current.Status && k > worst {
				worst, result = k, current
			}
		}
	}
	return result
}

// shown reports whether any operation returns the node yet. Until then the node does not count as
// complete for its command either, so that ListCommands does not contradict the other operations.
func (n *node) shown(now time.Time) bool {
	return !now.Before(n.visible) || !now.Before(n.listed)
}

// tally is a command's status and counts in ListCommands.
type tally struct {
	state
	targets, completed, errors, deliveryTimedOut int
}

// at counts the nodes and derives the command's status from them.
func (c *command) at(now time.Time) tally {
	var t tally
	if len(c.Targets) == 0 {
		t.targets = len(c.InstanceIDs)
	} else if !now.Before(c.resolved) {
		t.targets = len(c.nodes)
	}
	var begun, cancelled, stopped bool
	undelivered := 0
	for _, n := range c.nodes {
		if !n.shown(now) {
			continue
		}
		s := n.at(now)
		begun = begun || s.Status != "Pending"
		if !s.ended() {
			continue
		}
		t.completed++
		switch {
		case s.Status == "Failed" && s.ran(), s.StatusDetails == "ExecutionTimedOut":
			t.errors++
		case s.StatusDetails == "DeliveryTimedOut":
			t.deliveryTimedOut++
		case s.Status == "Cancelled":
			cancelled = true
		case s.StatusDetails == "Undeliverable", s.StatusDetails == "InvalidPlatform", s.StatusDetails == "AccessDenied":
			undelivered++
		case s.Status != "Success":
			stopped = true // Terminated, which no recorded count includes.
		}
	}
	switch {
	case c.Status != "" && !now.Before(c.sent.Add(c.StatusFrom.Duration())):
		t.state = state{c.Status, c.StatusDetails}
	case len(c.Targets) > 0 && now.Before(c.resolved):
		t.state = state{"Pending", "Pending"}
	case len(c.Targets) > 0 && t.targets == 0:
		t.state = state{"Success", "NoInstancesInTag"}
	case t.completed < t.targets && begun:
		t.state = state{"InProgress", "InProgress"}
	case t.completed < t.targets:
		t.state = state{"Pending", "Pending"}
	case undelivered > 0 && undelivered == t.completed:
		t.state = state{"Failed", "Failed"}
	default:
		t.state = c.end(t, cancelled, stopped)
	}
	return t
}

// end is the status of a command whose invocations are all complete. Recorded are: Failed when an
// execution timed out, TimedOut with DeliveryTimedOut, Cancelled, Failed with FailedDueToAlarm, and
// NoInstancesInTag above. The user guide ("Understanding command statuses") has two more: a command
// with failures within MaxErrors is a Success, and invocations that are Undeliverable, Invalid
// Platform, or Access Denied count neither as errors nor against Success, unless all invocations
// are. Failed with details Incomplete in all other cases is assumed.
func (c *command) end(t tally, cancelled, stopped bool) state {
	switch {
	case t.errors > c.allowedErrors(t.targets):
		return state{"Failed", "Failed"}
	case len(c.TriggeredAlarms) > 0:
		return state{"Failed", "FailedDueToAlarm"}
	case cancelled:
		return state{"Cancelled", "Cancelled"}
	case t.deliveryTimedOut > 0 && t.deliveryTimedOut == t.completed:
		return state{"TimedOut", "DeliveryTimedOut"}
	case t.deliveryTimedOut > 0 || stopped:
		return state{"Failed", "Incomplete"}
	}
	return state{"Success", "Success"}
}

// allowedErrors is MaxErrors, a number or a percentage, as a number of nodes.
func (c *command) allowedErrors(targets int) int {
	if percent, ok := strings.CutSuffix(c.MaxErrors, "%"); ok {
		n, _ := strconv.Atoi(percent) // Checked by Script.validate.
		return n * targets / 100
	}
	n, _ := strconv.Atoi(c.MaxErrors) // Checked by Script.validate.
	return n
}
