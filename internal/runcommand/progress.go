// SPDX-License-Identifier: MPL-2.0

package runcommand

import "time"

// Phase is what an operation is doing.
type Phase string

// The phases.
const (
	// WaitingForNodes: the service rejected the nodes as invalid, and the command is sent again.
	WaitingForNodes Phase = "waiting for nodes"
	// Searching: whether the request was accepted is not known, and the command is searched for.
	Searching Phase = "searching"
	// Running: the command was sent, and is not complete as far as is known.
	Running Phase = "running"
	// Complete: the command is complete.
	Complete Phase = "complete"
)

// Progress is how far an operation has come.
type Progress struct {
	Phase Phase
	// CommandID is "" until the command was sent. The first Progress with an ID is reported as soon
	// as the ID is known.
	CommandID             string
	Status, StatusDetails string
	// Targets, Completed, and Errors count nodes.
	Targets, Completed, Errors int
	// Waited is how long the operation has taken.
	Waited time.Duration
}

// progressOf is the progress of a command that was sent.
func progressOf(c *Command) Progress {
	p := Progress{
		Phase: Running, CommandID: c.CommandID, Status: c.Status, StatusDetails: c.StatusDetails,
		Targets: countOf(c.TargetCount), Completed: countOf(c.CompletedCount), Errors: countOf(c.ErrorCount),
	}
	if c.Complete() {
		p.Phase = Complete
	}
	return p
}

// reporter reports progress that differs from what was reported last.
type reporter struct {
	report func(Progress)
	last   Progress
}

func (r *reporter) tell(p Progress, waited time.Duration) {
	if r.report == nil || p == r.last {
		return
	}
	r.last = p
	p.Waited = waited
	r.report(p)
}
