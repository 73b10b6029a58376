// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"sort"
	"strings"
	"time"
)

// Defaults of the service and of the script, in one place.
const (
	defaultRegion   = "us-east-1"
	defaultAccount  = "123456789012"
	defaultDocument = "AWS-RunShellScript"
	defaultAction   = "aws:runShellScript"
	defaultTimeout  = 3600
	// executionBudget is what ExpiresAfter adds to TimeoutSeconds when a command gives no executionTimeout.
	executionBudget = time.Hour
	// rowDelay is how much later than the command a node's own RequestedDateTime is; 95 to 108 ms were recorded.
	rowDelay = 95 * time.Millisecond
)

// command is a command with its defaults filled in and its times made absolute: one of the script,
// or one that was sent.
type command struct {
	Command
	sent, listed, resolved, expires time.Time
	forgotten                       time.Time // Zero means never.
	nodes                           []*node
	byInstance                      map[string]*node

	// Of a command that was sent at run time: the content of its document, and what its nodes do.
	version     *DocumentVersion
	assignments []*assignment
}

// node is one invocation of a command.
type node struct {
	Invocation
	command         *command
	visible, listed time.Time
	steps           []*step
}

// step is one step on one node, with its timeline made absolute.
type step struct {
	Step
	node *node
	// first is the step that the agent begins with.
	first    bool
	moments  []moment
	started  time.Time
	elapsed  time.Duration
	outputAt time.Time

	neverStarted bool   // It ended without having run.
	partial      string // What stdout holds if the step is cancelled.
	notice       string // What only the list has for output.
}

type moment struct {
	at time.Time
	state
}

// newCommand fills in the defaults of a command that has passed validation.
func newCommand(c Command, start time.Time) *command {
	setDefault(&c.DocumentName, defaultDocument)
	setDefault(&c.DocumentVersion, "$DEFAULT")
	setDefault(&c.MaxConcurrency, "50")
	setDefault(&c.MaxErrors, "0")
	setDefault(&c.StatusDetails, c.Status)
	if c.TimeoutSeconds == 0 {
		c.TimeoutSeconds = defaultTimeout
	}
	if len(c.InstanceIDs) == 0 && len(c.Targets) == 0 {
		for _, i := range c.Invocations {
			c.InstanceIDs = append(c.InstanceIDs, i.InstanceID)
		}
	}
	m := &command{Command: c, byInstance: make(map[string]*node, len(c.Invocations))}
	m.sent = start.Add(c.SentAt.Duration())
	m.listed = m.sent.Add(c.ListedAfter.Duration())
	m.resolved = m.sent.Add(c.ResolvedAfter.Duration())
	m.expires = m.sent.Add(time.Duration(c.TimeoutSeconds)*time.Second + executionBudget)
	if c.ExpiresAfter != nil {
		m.expires = m.sent.Add(c.ExpiresAfter.Duration())
	}
	if c.Forgotten {
		m.forgotten = time.Unix(0, 0)
	} else if c.ForgottenAt != nil {
		m.forgotten = start.Add(c.ForgottenAt.Duration())
	}
	for _, i := range c.Invocations {
		n := newNode(m, i)
		m.nodes = append(m.nodes, n)
		m.byInstance[i.InstanceID] = n
	}
	return m
}

// newNode fills in the defaults of one invocation.
func newNode(c *command, i Invocation) *node {
	setDefault(&i.StatusDetails, i.Status)
	n := &node{Invocation: i, command: c}
	n.visible = later(c.sent.Add(i.VisibleAfter.Duration()), c.reached())
	n.listed = n.visible
	if i.ListedAfter != nil {
		n.listed = later(c.sent.Add(i.ListedAfter.Duration()), c.reached())
	}
	steps := i.Steps
	if len(steps) == 0 {
		steps = []Step{{}}
	}
	for k, s := range steps {
		n.steps = append(n.steps, newStep(n, s, k == 0))
	}
	return n
}

// newStep fills in the defaults of one step.
func newStep(n *node, s Step, first bool) *step {
	setDefault(&s.Name, defaultAction)
	setDefault(&s.Action, defaultAction)
	if strings.Contains(s.Name, ":") {
		s.Action = s.Name
	}
	if len(s.Timeline) == 0 {
		s.Timeline = []Moment{{Status: "Success"}}
	}
	m := &step{Step: s, node: n, first: first}
	for _, t := range s.Timeline {
		setDefault(&t.StatusDetails, t.Status)
		m.moments = append(m.moments, moment{n.command.sent.Add(t.At.Duration()), state{t.Status, t.StatusDetails}})
	}
	end := m.moments[len(m.moments)-1].at
	m.started = end
	for _, t := range m.moments {
		if t.Status == "InProgress" {
			m.started = t.at
			break
		}
	}
	if s.StartedAt != nil {
		m.started = n.command.sent.Add(s.StartedAt.Duration())
	}
	m.elapsed = max(0, end.Sub(m.started))
	if s.Elapsed != nil {
		m.elapsed = s.Elapsed.Duration()
	}
	// Both answers that show these times truncate them to the millisecond; truncated here, they
	// agree.
	m.started, m.elapsed = m.started.Truncate(time.Millisecond), m.elapsed.Truncate(time.Millisecond)
	m.outputAt = end.Add(s.OutputLag.Duration())
	m.partial = s.StandardOutput
	return m
}

// ran says whether the agent reported the end of a step that it had begun.
func (s *step) ran(now time.Time) bool { return !s.neverStarted && s.at(now).ran() }

// reached is the earliest time at which the command can have nodes: at once when the sender named them.
func (c *command) reached() time.Time {
	if len(c.Targets) > 0 {
		return c.resolved
	}
	return c.sent
}

// exists says whether the command is of this region and not forgotten yet. That it was sent at all follows from the times
// at which it, its nodes and its rows appear, which are never before.
func (c *command) exists(region string, now time.Time) bool {
	return (c.Region == "" || c.Region == region) && (c.forgotten.IsZero() || now.Before(c.forgotten))
}

// newestFirst orders commands as the lists show them.
func newestFirst(commands []*command) {
	sort.SliceStable(commands, func(i, j int) bool { return commands[i].sent.After(commands[j].sent) })
}

func setDefault(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
