package runcommand

import "time"

// InvocationQuery names one invocation, or one step of it, and says how long to
// wait for it.
type InvocationQuery struct {
	// CommandID is the command's UUID.
	CommandID string
	// InstanceID is the managed node's id, i-... or mi-....
	InstanceID string
	// PluginName is the step's name; "" asks for the only step.
	PluginName string
	// NoWait takes the invocation as it is once it is visible, instead of waiting
	// for its end.
	NoWait bool
	// Visibility is how long "does not exist" is taken for "not visible yet" when
	// nobody knows the command.
	Visibility time.Duration
	// CompleteOutput reads the rest of a stream that the service cut from S3, up to
	// MaxOutputBytes of it.
	CompleteOutput bool
	MaxOutputBytes int64
	// Started is when the read began, the zero time for now.
	Started time.Time
	// Timeout is how long the read may take, counted from Started.
	Timeout time.Duration
}

// Result is what a read found.
type Result struct {
	Invocation Invocation
	// StepNameNeeded is set when no step was named and there are several: then
	// there is no one exit code or output to give.
	StepNameNeeded *StepNameNeeded
	// StepUnfinished is set when the invocation has ended and the step's own
	// status has not followed, so that the values are those of an unfinished step.
	StepUnfinished *StepUnfinished
}

// StepNameNeeded lists the steps of an invocation of several.
type StepNameNeeded struct {
	// Steps are the names, in the document's order; none where Silence is set.
	Steps []string
	// Silence is set when the listing was refused.
	Silence *Answer
}

// StepUnfinished tells what the invocation says while its step says otherwise.
type StepUnfinished struct {
	// InvocationStatus is the status of the whole invocation on the node.
	InvocationStatus string
	// Waited is for how long the step was still watched after that.
	Waited time.Duration
}
