// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"strconv"
	"strings"
	"time"
)

// state is a status with its details, as every level of the service has them.
type state struct{ Status, StatusDetails string }

func (s state) ended() bool {
	switch s.Status {
	case "Success", "Failed", "TimedOut", "Cancelled":
		return true
	}
	return false
}

// ran says whether the agent reported an end. Where it did not, the service has neither times nor output, although the
// script may have run: the alarm that stopped a recorded command did not stop its shell.
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

// code is the exit code that the service shows: -1 until the agent has reported an end.
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
	// A process that was killed, by executionTimeout or by CancelCommand: 128 + SIGKILL, as recorded on Linux.
	return 137
}

// at is the node's state, derived from its steps as the agent does it: nothing has ended while a step has not, and then
// Failed beats TimedOut beats Cancelled beats Success.
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

// known says whether any API shows the node yet. Before that it does not count as ended for its command either, so that
// ListCommands never counts an invocation that no other operation returns.
func (n *node) known(now time.Time) bool {
	return !now.Before(n.visible) || !now.Before(n.listed)
}

// tally is what ListCommands says about a command.
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
		if !n.known(now) {
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
			stopped = true // Terminated, which is in none of the recorded counts.
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
// NoInstancesInTag above. The user guide ("Understanding command statuses") has two more: failures
// within MaxErrors make a Success, and invocations that are Undeliverable, Invalid Platform, or
// Access Denied count neither as errors nor against Success, unless all invocations are so. That
// everything else is Failed with details Incomplete is assumed.
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

// allowedErrors is MaxErrors as a number of nodes; it may be given in percent.
func (c *command) allowedErrors(targets int) int {
	if percent, ok := strings.CutSuffix(c.MaxErrors, "%"); ok {
		n, _ := strconv.Atoi(percent) // Checked by Script.validate.
		return n * targets / 100
	}
	n, _ := strconv.Atoi(c.MaxErrors) // Checked by Script.validate.
	return n
}
