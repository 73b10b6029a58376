package runcommand

import "time"

// CommandQuery names one command, by its id or by its comment.
type CommandQuery struct {
	CommandID string
	// Comment is the exact text that the command was sent with; used where CommandID
	// is "".
	Comment string
	// DocumentName and InvokedAfter narrow the search by comment.
	DocumentName string
	InvokedAfter string // ISO 8601, as the API takes it.
	// MostRecent takes the newest of several commands with the comment.
	MostRecent bool
	// NoWait takes the command as it is once it is visible.
	NoWait bool
	// Visibility is how long an empty answer is taken for "not visible yet".
	Visibility time.Duration
	// Started is when the read began, the zero time for now; Timeout counts from it.
	Started time.Time
	Timeout time.Duration
}

// InvocationsQuery asks for the invocations of a command, of a node, or both.
type InvocationsQuery struct {
	CommandID, InstanceID                             string
	Status, DocumentName, InvokedAfter, InvokedBefore string
	// OmitSteps leaves out each invocation's steps.
	OmitSteps bool
	// NoWait takes the rows as they are. Without a CommandID there is nothing to wait
	// for.
	NoWait     bool
	Visibility time.Duration
	Started    time.Time
	Timeout    time.Duration
}

// InvocationsResult is what a read of invocations found.
type InvocationsResult struct {
	// Invocations are sorted by instance id, then requested time, then command id.
	Invocations []NodeInvocation
	// All are the invocations before the query's filters, for judging success; the
	// same rows where nothing was filtered here.
	All []NodeInvocation
	// NoNodeMatched is set where the command ended without any node: its targets
	// matched none, or could not be resolved, as Status and StatusDetails tell.
	NoNodeMatched         bool
	Status, StatusDetails string
}

// CommandsQuery asks for the account's commands.
type CommandsQuery struct {
	InstanceID, Status, DocumentName, ExecutionStage, InvokedAfter, InvokedBefore string
	// MaxResults bounds the answer, newest first; 0 is all.
	MaxResults int
	Started    time.Time
	Timeout    time.Duration
}
