// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// assignment is a command's invocation on a managed node: what runs there, and when it stops.
type assignment struct {
	node           *node
	managed        *managedNode
	rule           Rule
	cancelTakes    time.Duration // From CancelCommand to the status Cancelled.
	showCancelling bool          // Whether the status is Cancelling until then.

	cancelled time.Time // When CancelCommand named the node; zero means never.
	ran       time.Time // When the node started to run the document; zero means never.
	end       time.Time // When the invocation completed.
	failed    bool      // Whether it counts as an error for MaxErrors.
}

const (
	// delayedAfter is how long an invocation stays InProgress if its agent cannot be reached,
	// before it is Delayed.
	delayedAfter = 3 * time.Second
	// deliveryLag is the time from ExpiresAfter to DeliveryTimedOut; 13 to 15 seconds were
	// recorded.
	deliveryLag = 13 * time.Second
)

// assign adds a node to the command.
func (c *command) assign(managed *managedNode, rule Rule, behavior Behavior) {
	n := newNode(c, Invocation{
		InstanceID: managed.InstanceID, InstanceName: managed.ComputerName,
		VisibleAfter: behavior.VisibleAfter, ListedAfter: behavior.ListedAfter,
	})
	c.nodes = append(c.nodes, n)
	c.byInstance[n.InstanceID] = n
	c.assignments = append(c.assignments, &assignment{
		node: n, managed: managed, rule: rule, cancelTakes: behavior.cancelTakes(), showCancelling: behavior.ShowCancelling,
	})
}

// plan computes what happens on each node, and when. It runs when the command is sent, and again
// when it is cancelled. The second run does not change the past.
//
// MaxConcurrency nodes run the command at a time, and the next one starts when another completes.
// Once more than MaxErrors have failed, the command is not sent to further nodes: these complete as
// Terminated, while those that run continue. The service starts with one node and doubles the
// number up to MaxConcurrency; the fake starts with all of them.
func (c *command) plan() {
	slots := c.concurrency()
	var busy, errors []time.Time // When each slot becomes free, and when each error was reported.
	at := c.assignable()
	for _, a := range c.assignments {
		if len(busy) == slots {
			slices.SortFunc(busy, time.Time.Compare)
			at = later(at, busy[0])
			busy = busy[1:]
		}
		slices.SortFunc(errors, time.Time.Compare)
		allowed := c.allowedErrors(len(c.assignments))
		if len(errors) > allowed && !errors[allowed].After(at) {
			a.finish(later(errors[allowed], c.assignable()), state{"Failed", "Terminated"})
			a.cancel(c.assignable())
			continue
		}
		a.run(at)
		a.cancel(c.assignable())
		if a.failed {
			errors = append(errors, a.end)
		}
		if a.end.After(at) {
			busy = append(busy, a.end)
		}
	}
}

// concurrency is MaxConcurrency, a number or a percentage, as a number of nodes.
func (c *command) concurrency() int {
	percent, ok := strings.CutSuffix(c.MaxConcurrency, "%")
	n, err := strconv.Atoi(percent)
	if err != nil {
		return len(c.assignments) // The pattern is valid, so the number overflows an int.
	}
	if ok {
		n = n * len(c.assignments) / 100
	}
	return max(n, 1)
}

// begin creates the steps of the invocation, which wait for a slot.
func (a *assignment) begin(at time.Time) {
	a.ran, a.failed, a.end = time.Time{}, false, at
	a.node.steps = nil
	for i, s := range a.node.command.version.Steps {
		a.node.steps = append(a.node.steps, &step{Step: Step{Name: s.Name, Action: s.Action}, node: a.node, first: i == 0})
	}
	if c := a.node.command; at.After(c.assignable()) {
		a.node.steps[0].add(c.sent, state{"Pending", "Pending"})
	}
}

// finish completes an invocation that does not run.
func (a *assignment) finish(at time.Time, end state) {
	a.begin(at)
	a.finishFrom(0, at, end)
}

// finishFrom completes the steps from the given one, without results.
func (a *assignment) finishFrom(first int, at time.Time, end state) {
	for _, s := range a.node.steps[first:] {
		s.add(at, end)
		s.neverStarted, s.ResponseCode = true, Code(-1)
	}
	a.end = at
}

// run simulates the invocation on its node without a cancellation. The command is sent to the node
// at the given time.
func (a *assignment) run(at time.Time) {
	c := a.node.command
	lost := later(c.expires.Add(deliveryLag), at)
	switch {
	case a.rule.Status != "":
		a.finish(at.Add(a.rule.StartDelay.Duration()), state{a.rule.Status, orDefault(a.rule.StatusDetails, a.rule.Status)})
		return
	case len(c.Targets) > 0 && a.managed.SendDenied:
		a.finish(at, state{"Failed", "AccessDenied"})
		return
	case !slices.Contains(c.version.PlatformTypes, a.managed.PlatformType):
		a.finish(at, state{"Failed", "InvalidPlatform"})
		return
	}
	a.begin(at)
	first := a.node.steps[0]
	first.add(at, state{"InProgress", "InProgress"})
	received, ok := a.managed.connectedFrom(at)
	if !ok || received.After(c.sent.Add(time.Duration(c.TimeoutSeconds)*time.Second)) {
		if delayed := at.Add(delayedAfter); delayed.Before(lost) {
			first.add(delayed, state{"Pending", "Delayed"})
		}
		a.finishFrom(0, lost, state{"TimedOut", "DeliveryTimedOut"})
		return
	}
	if delayed := at.Add(delayedAfter); received.After(delayed) {
		first.add(delayed, state{"Pending", "Delayed"})
		first.add(received, state{"InProgress", "InProgress"})
	}
	a.ran = received.Add(a.rule.StartDelay.Duration())
	a.runSteps(lost)
}

// runSteps runs the steps in sequence. Results that the agent has not reported by lost are
// discarded.
func (a *assignment) runSteps(lost time.Time) {
	c := a.node.command
	parameters := c.version.effective(c.Parameters)
	clock := a.ran
	exited := false
	for i, s := range c.version.Steps {
		current := a.node.steps[i]
		end, took := current.outcome(a.rule.result(s.Name, i == 0), s.runTime(parameters), a.managed.PlatformType)
		switch {
		case exited:
			current.skip("Plugin with name " + s.Action + " and id " + s.Name + " skipped due to prior step with an exit condition")
			end, took = state{"Success", "Success"}, 0
		case s.Platform != "" && s.Platform != a.managed.PlatformType:
			current.skip(`Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, ` + s.Platform + `]'. Step name: ` + s.Name)
			end, took = state{"Success", "Success"}, 0
		}
		reported, ok := a.managed.connectedFrom(clock.Add(took))
		if !ok || a.rule.NeverReported || reported.After(lost) {
			a.finishFrom(i, lost, state{"TimedOut", "DeliveryTimedOut"})
			return
		}
		if i > 0 {
			current.add(clock, state{"InProgress", "InProgress"})
		}
		current.add(reported, end)
		current.started, current.elapsed = clock.Truncate(time.Millisecond), took.Truncate(time.Millisecond)
		current.outputAt = reported.Add(current.OutputLag.Duration())
		a.end = reported
		a.failed = a.failed || end.Status == "Failed" || end.StatusDetails == "ExecutionTimedOut"
		exited = exited || s.ExitOnFailure && end.Status != "Success"
		clock = clock.Add(took)
	}
}

// outcome sets the result of a step that runs to completion, or until its timeout.
func (s *step) outcome(r StepResult, limit time.Duration, platform string) (state, time.Duration) {
	s.OutputLag, s.UploadedAfter, s.NeverUploaded = r.OutputLag, r.UploadedAfter, r.NeverUploaded
	s.partial = r.PartialOutput
	took := orSeconds(r.Duration, 1).Duration()
	if took > limit {
		s.StandardOutput = r.PartialOutput
		if platform == "Windows" {
			s.ResponseCode = Code(-1)
		}
		return state{"TimedOut", "ExecutionTimedOut"}, limit
	}
	s.StandardOutput, s.StandardError = r.StandardOutput, r.standardError()
	end := r.state()
	if r.ExitCode != 0 {
		s.ResponseCode = Code(r.ExitCode)
	}
	return end, took
}

// skip sets the result of a step that does not run: the agent reports Success, with a notice that
// only the list contains.
func (s *step) skip(notice string) {
	s.StandardOutput, s.StandardError, s.ResponseCode, s.notice = "", "", Code(0), notice
}

// add appends a status change to a step.
func (s *step) add(at time.Time, to state) { s.moments = append(s.moments, moment{at, to}) }

// cancel applies the cancellation, if any, to the result of run.
func (a *assignment) cancel(assignable time.Time) {
	if a.cancelled.IsZero() || a.rule.IgnoresCancel {
		return
	}
	if a.ran.After(a.cancelled) {
		a.ran = time.Time{}
	}
	a.node.cancel(a.cancelled, later(a.cancelled.Add(a.cancelTakes), assignable), a.showCancelling)
	a.end = time.Time{}
	for _, s := range a.node.steps {
		a.end = later(a.end, s.moments[len(s.moments)-1].at)
	}
	a.failed = a.failed && a.node.at(a.end).Status != "Cancelled"
}
