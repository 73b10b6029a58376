// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"sort"
	"strings"
	"time"
)

// Defaults of the service and of the script.
const (
	defaultRegion   = "us-east-1"
	defaultAccount  = "123456789012"
	defaultDocument = "AWS-RunShellScript"
	defaultAction   = "aws:runShellScript"
	defaultTimeout  = 3600
	// executionBudget is the time that ExpiresAfter adds to TimeoutSeconds if a command sets no
	// executionTimeout.
	executionBudget = time.Hour
	// rowDelay is how much later a node's RequestedDateTime is than the command's; 95 to 108 ms
	// were recorded.
	rowDelay = 95 * time.Millisecond
)

// command is a scripted or sent command with its defaults set and absolute times.
type command struct {
	Command
	sent, listed, resolved, expires time.Time
	forgotten                       time.Time // Zero means never.
	nodes                           []*node
	byInstance                      map[string]*node

	// For a command that was sent at run time: the content of its document, and what its nodes do.
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

// step is one step on one node, with absolute times.
type step struct {
	Step
	node *node
	// first marks the step with which the agent starts.
	first    bool
	moments  []moment
	started  time.Time
	elapsed  time.Duration
	outputAt time.Time

	neverStarted bool   // It completed without having run.
	partial      string // Standard output if the step is cancelled.
	notice       string // Replaces the output in the list.
}

type moment struct {
	at time.Time
	state
}

// newCommand sets the defaults of a valid command.
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

// newNode sets the defaults of one invocation.
func newNode(c *command, i Invocation) *node {
	setDefault(&i.StatusDetails, i.Status)
	n := &node{Invocation: i, command: c}
	n.visible = later(c.sent.Add(i.VisibleAfter.Duration()), c.assignable())
	n.listed = n.visible
	if i.ListedAfter != nil {
		n.listed = later(c.sent.Add(i.ListedAfter.Duration()), c.assignable())
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

// newStep sets the defaults of one step.
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
	// Both responses with these times truncate them to the millisecond; truncated here, they agree.
	m.started, m.elapsed = m.started.Truncate(time.Millisecond), m.elapsed.Truncate(time.Millisecond)
	m.outputAt = end.Add(s.OutputLag.Duration())
	m.partial = s.StandardOutput
	return m
}

// ran reports whether the agent reported the completion of a step that it had started.
func (s *step) ran(now time.Time) bool { return !s.neverStarted && s.at(now).ran() }

// assignable is the earliest time at which the command can have nodes: immediately if the request
// named them.
func (c *command) assignable() time.Time {
	if len(c.Targets) > 0 {
		return c.resolved
	}
	return c.sent
}

// exists reports whether the Region has the command and the service still keeps it. The caller
// checks the times at which the command, its nodes, and its rows appear, which are never before the
// send time.
func (c *command) exists(region string, now time.Time) bool {
	return (c.Region == "" || c.Region == region) && (c.forgotten.IsZero() || now.Before(c.forgotten))
}

// newestFirst sorts commands in the order of the lists.
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
