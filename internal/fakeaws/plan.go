// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// assignment is a command's invocation on a managed node: what is to run there, and when it is to
// stop.
type assignment struct {
	node    *node
	machine *managedNode
	rule    Rule
	takes   time.Duration // From a cancellation until it shows.
	show    bool          // Cancelling until then.

	cancelled time.Time // When CancelCommand named the node; zero for never.
	ran       time.Time // When the node began to run the document; zero for never.
	end       time.Time // When the invocation ended.
	failed    bool      // Its end counts against MaxErrors.
}

const (
	// delayedAfter is how long an agent that cannot be reached leaves an invocation InProgress,
	// before it is Delayed.
	delayedAfter = 3 * time.Second
	// deliveryLag is how late DeliveryTimedOut comes: 13 to 15 seconds after ExpiresAfter were
	// recorded.
	deliveryLag = 13 * time.Second
)

// assign gives the command to a node.
func (c *command) assign(machine *managedNode, rule Rule, behavior Behavior) {
	n := newNode(c, Invocation{
		InstanceID: machine.InstanceID, InstanceName: machine.ComputerName,
		VisibleAfter: behavior.VisibleAfter, ListedAfter: behavior.ListedAfter,
	})
	c.nodes = append(c.nodes, n)
	c.byInstance[n.InstanceID] = n
	c.assignments = append(c.assignments, &assignment{
		node: n, machine: machine, rule: rule, takes: behavior.cancelTakes(), show: behavior.ShowCancelling,
	})
}

// plan computes what happens on each node, and when. It is done when the command is sent, and again
// when it is cancelled: what has happened by then comes out the same.
//
// MaxConcurrency nodes run the command at a time, and the next one begins when another ends. Once
// more than MaxErrors have failed, the command is sent to no further node: these end as Terminated,
// while those that run go on. The service begins with one node and doubles the number up to
// MaxConcurrency; here it begins with all of them.
func (c *command) plan() {
	slots := c.concurrency()
	var busy, errors []time.Time // When each busy slot becomes free, and when each error was reported.
	at := c.reached()
	for _, a := range c.assignments {
		if len(busy) == slots {
			slices.SortFunc(busy, time.Time.Compare)
			at = later(at, busy[0])
			busy = busy[1:]
		}
		slices.SortFunc(errors, time.Time.Compare)
		allowed := c.allowedErrors(len(c.assignments))
		if len(errors) > allowed && !errors[allowed].After(at) {
			a.finish(later(errors[allowed], c.reached()), state{"Failed", "Terminated"})
			a.cancel(c.reached())
			continue
		}
		a.run(at)
		a.cancel(c.reached())
		if a.failed {
			errors = append(errors, a.end)
		}
		if a.end.After(at) {
			busy = append(busy, a.end)
		}
	}
}

// concurrency is MaxConcurrency as a number of nodes; it may be given in percent.
func (c *command) concurrency() int {
	percent, ok := strings.CutSuffix(c.MaxConcurrency, "%")
	n, err := strconv.Atoi(percent)
	if err != nil {
		return len(c.assignments) // Its pattern has been checked: a number that is too large for an int.
	}
	if ok {
		n = n * len(c.assignments) / 100
	}
	return max(n, 1)
}

// begin makes the steps of the invocation, with nothing in them but the wait for a turn.
func (a *assignment) begin(at time.Time) {
	a.ran, a.failed, a.end = time.Time{}, false, at
	a.node.steps = nil
	for i, s := range a.node.command.version.Steps {
		a.node.steps = append(a.node.steps, &step{Step: Step{Name: s.Name, Action: s.Action}, node: a.node, first: i == 0})
	}
	if c := a.node.command; at.After(c.reached()) {
		a.node.steps[0].add(c.sent, state{"Pending", "Pending"})
	}
}

// finish ends an invocation that runs nothing.
func (a *assignment) finish(at time.Time, end state) {
	a.begin(at)
	a.finishFrom(0, at, end)
}

// finishFrom ends the steps from the given one on, which have no result.
func (a *assignment) finishFrom(first int, at time.Time, end state) {
	for _, s := range a.node.steps[first:] {
		s.add(at, end)
		s.neverStarted, s.ResponseCode = true, Code(-1)
	}
	a.end = at
}

// run plays the invocation on its node, as if it were not cancelled. It is sent there at the given
// time.
func (a *assignment) run(at time.Time) {
	c := a.node.command
	lost := later(c.expires.Add(deliveryLag), at)
	switch {
	case a.rule.Status != "":
		a.finish(at.Add(a.rule.StartDelay.Duration()), state{a.rule.Status, orDefault(a.rule.StatusDetails, a.rule.Status)})
		return
	case len(c.Targets) > 0 && a.machine.SendDenied:
		a.finish(at, state{"Failed", "AccessDenied"})
		return
	case !slices.Contains(c.version.PlatformTypes, a.machine.PlatformType):
		a.finish(at, state{"Failed", "InvalidPlatform"})
		return
	}
	a.begin(at)
	first := a.node.steps[0]
	first.add(at, state{"InProgress", "InProgress"})
	received, ok := a.machine.connectedFrom(at)
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

// runSteps runs the steps one after the other. What the agent has not reported by then is lost.
func (a *assignment) runSteps(lost time.Time) {
	c := a.node.command
	parameters := c.version.effective(c.Parameters)
	clock := a.ran
	exited := false
	for i, s := range c.version.Steps {
		live := a.node.steps[i]
		end, took := live.outcome(a.rule.result(s.Name, i == 0), s.runTime(parameters), a.machine.PlatformType)
		switch {
		case exited:
			live.skip("Plugin with name " + s.Action + " and id " + s.Name + " skipped due to prior step with an exit condition")
			end, took = state{"Success", "Success"}, 0
		case s.Platform != "" && s.Platform != a.machine.PlatformType:
			live.skip(`Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, ` + s.Platform + `]'. Step name: ` + s.Name)
			end, took = state{"Success", "Success"}, 0
		}
		reported, ok := a.machine.connectedFrom(clock.Add(took))
		if !ok || a.rule.NeverReported || reported.After(lost) {
			a.finishFrom(i, lost, state{"TimedOut", "DeliveryTimedOut"})
			return
		}
		if i > 0 {
			live.add(clock, state{"InProgress", "InProgress"})
		}
		live.add(reported, end)
		live.started, live.elapsed = clock.Truncate(time.Millisecond), took.Truncate(time.Millisecond)
		live.outputAt = reported.Add(live.OutputLag.Duration())
		a.end = reported
		a.failed = a.failed || end.Status == "Failed" || end.StatusDetails == "ExecutionTimedOut"
		exited = exited || s.ExitOnFailure && end.Status != "Success"
		clock = clock.Add(took)
	}
}

// outcome fills in the result of a step that runs to its end, or until its time is over.
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

// skip is a step that did not run: the agent reports it as a Success, with a notice that only the
// list has.
func (s *step) skip(notice string) {
	s.StandardOutput, s.StandardError, s.ResponseCode, s.notice = "", "", Code(0), notice
}

// add appends a moment to a step.
func (s *step) add(at time.Time, to state) { s.moments = append(s.moments, moment{at, to}) }

// cancel applies a cancellation to what an assignment would have done without it.
func (a *assignment) cancel(reached time.Time) {
	if a.cancelled.IsZero() || a.rule.IgnoresCancel {
		return
	}
	if a.ran.After(a.cancelled) {
		a.ran = time.Time{}
	}
	a.node.cancel(a.cancelled, later(a.cancelled.Add(a.takes), reached), a.show)
	a.end = time.Time{}
	for _, s := range a.node.steps {
		a.end = later(a.end, s.moments[len(s.moments)-1].at)
	}
	a.failed = a.failed && a.node.at(a.end).Status != "Cancelled"
}
