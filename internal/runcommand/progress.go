// SPDX-License-Identifier: MPL-2.0

package runcommand

import "time"

// Phase is the phase of an operation.
type Phase string

// The phases.
const (
	// WaitingForNodes: the service rejected the nodes as invalid, and the request is retried.
	WaitingForNodes Phase = "waiting for nodes"
	// Searching: the response was lost, and ListCommands is searched for the command.
	Searching Phase = "searching"
	// Running: the command was sent, and is not complete in the last response.
	Running Phase = "running"
	// Complete: the command is complete.
	Complete Phase = "complete"
)

// Progress is the progress of an operation that sends or cancels a command.
type Progress struct {
	Phase Phase
	// CommandID is "" until the command was sent. A Progress is reported as soon as the ID is
	// known.
	CommandID             string
	Status, StatusDetails string
	// Targets, Completed, and Errors count nodes.
	Targets, Completed, Errors int
	// Waited is how long the operation has taken.
	Waited time.Duration
}

// progressOf returns the progress of a command that was sent.
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

// reporter calls report with each Progress that differs from the last one.
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
