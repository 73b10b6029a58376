package runcommand

import (
	"fmt"
	"strings"
	"time"
)

// Answer is how the service refused a question, or why there was no answer.
type Answer struct {
	// Operation is the API's name of what was asked, such as ListCommands.
	Operation string
	// Code is the service's error code, "" where it gave none.
	Code string
	// Message is the service's own text, often "".
	Message string
	// RequestID is what AWS support asks for, "" without an answer.
	RequestID string
	// Status is the HTTP status, 0 without an answer.
	Status int
	// Cause says in one clause what was met.
	Cause string
}

func (f *failure) answer() Answer {
	return Answer{Operation: f.operation, Code: f.code, Message: f.message, RequestID: f.requestID, Status: f.status, Cause: f.Error()}
}

// Action is the IAM action that allows the operation.
func (a Answer) Action() string {
	if a.Operation == getObject {
		return "s3:" + a.Operation
	}
	return "ssm:" + a.Operation
}

// NotFoundError says that there is no such invocation, as far as anybody knows.
type NotFoundError struct {
	// Finding is what the witnesses said.
	Finding Finding
	// Waited is for how long the service has said "does not exist".
	Waited time.Duration
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("the service has said for %s that the invocation does not exist", round(e.Waited))
}

// CommandUnknown reports whether nobody knows the command: both witnesses
// answered, and neither has heard of it. Only then is "it is gone" not a guess.
func (e *NotFoundError) CommandUnknown() bool {
	f := e.Finding
	return f.Command == nil && f.CommandSilence == nil && f.Node == nil && f.NodeSilence == nil && len(f.Nodes) == 0
}

// StepNotFoundError says that the invocation has no step of the name asked for.
type StepNotFoundError struct {
	// Steps are the names there are, in the document's order; none when the
	// service listed none.
	Steps []string
	// Silence is set when the listing was refused.
	Silence *Answer
	// Waited is for how long the service has not known the step.
	Waited time.Duration
}

func (e *StepNotFoundError) Error() string {
	if len(e.Steps) == 0 {
		return fmt.Sprintf("the service has not known the step for %s and lists none", round(e.Waited))
	}
	return "no such step; there are " + strings.Join(e.Steps, ", ")
}

// StillRunningError says that the read's time was over before the invocation had
// ended. It does not say that anything failed.
type StillRunningError struct {
	// Status and StatusDetails are the last ones seen.
	Status, StatusDetails string
	// Completed and Targets count a command's nodes, where the read was about those.
	Completed, Targets int32
	// Source says whose status that is: the invocation's own, or, where the
	// invocation was never visible, the row of the node or of the command.
	Source StatusSource
	// Waited is how long the read took.
	Waited time.Duration
	// ExpiresAfter is the time until which the service gives the command, zero
	// where it could not be had.
	ExpiresAfter time.Time
	// Trouble is what the last questions met, nil when they were answered.
	Trouble *Answer
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("still %s after %s", e.Status, round(e.Waited))
}

// StatusSource says which operation a status comes from.
type StatusSource int

// The three places where a status can be seen.
const (
	FromInvocation StatusSource = iota // GetCommandInvocation.
	FromNode                           // The node's row in ListCommandInvocations.
	FromCommand                        // The command in ListCommands.
)

// SeveralCommandsError says that more than one command has the comment asked for.
type SeveralCommandsError struct {
	// Commands are those that have it, newest first.
	Commands []Command
}

func (e *SeveralCommandsError) Error() string {
	return fmt.Sprintf("%d commands have the comment", len(e.Commands))
}

// TooLargeError says that an answer is larger than Terraform could take.
type TooLargeError struct {
	// Limit is the bound in bytes, Rows how many rows had been read when it was met.
	Limit, Rows int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// EndlessListError says that a list gave a token that it had given before, so that
// it has no end.
type EndlessListError struct{ Operation string }

func (e *EndlessListError) Error() string { return e.Operation + " repeats a token" }

// AccessDeniedError says that IAM refused an operation that the read needs.
type AccessDeniedError struct {
	Answer
	// Object is the s3:// address where it is an object that was refused, else "".
	Object string
}

func (e *AccessDeniedError) Error() string { return e.Cause }

// CredentialsError says that the credentials could not be had, have expired, or
// are not recognised, and that renewing them once did not help.
type CredentialsError struct{ Answer }

func (e *CredentialsError) Error() string { return e.Cause }

// RejectedError says that the service refused the request, and would again.
type RejectedError struct{ Answer }

func (e *RejectedError) Error() string { return e.Cause }

// GaveUp says why a read stopped trying to reach the service.
type GaveUp int

// The reasons to stop trying.
const (
	GaveUpOutOfTime GaveUp = iota // The read's own time was over.
	GaveUpUnreached               // Nothing was ever answered, for a minute.
	GaveUpHopeless                // Unknown host name, or a certificate that does not verify.
	GaveUpAttempts                // max_retries attempts failed one after the other.
	GaveUpNoValues                // The invocation has ended, and its values never came.
)

// UnavailableError says that the service could not be reached, or kept refusing
// for now, so that nothing is known about the command.
type UnavailableError struct {
	Answer
	// Why tells which bound was met.
	Why GaveUp
	// Attempts is the number of attempts that failed one after the other.
	Attempts int
	// Waited is how long the read took.
	Waited time.Duration
}

func (e *UnavailableError) Error() string { return e.Cause }

// InterruptedError says that the caller ended the read.
type InterruptedError struct {
	// Waited is how long the read had been going on.
	Waited time.Duration
	cause  error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted after %s", round(e.Waited))
}

// Unwrap returns the context's error.
func (e *InterruptedError) Unwrap() error { return e.cause }

// NotAvailable says why complete output cannot be had.
type NotAvailable int

// The reasons.
const (
	NotWrittenToS3 NotAvailable = iota // The command was sent without a bucket.
	NotAnS3URL                         // The service's URL is of a form that is not known.
	NoObject                           // The object is not there: the upload failed, or it was deleted.
)

// OutputNotAvailableError says that a stream was cut and that the rest of it is
// nowhere to be read.
type OutputNotAvailableError struct {
	// Stream is stdout or stderr.
	Stream string
	Why    NotAvailable
	// URL is what the service gave, "" for nothing.
	URL string
	// CloudWatchGroup and CloudWatchStream are where the text is in CloudWatch Logs,
	// "" where it is not sent there. The agent rewrites lines on the way, so that it is
	// no substitute.
	CloudWatchGroup, CloudWatchStream string
	// Answer is what S3 said, nil where it was not asked.
	Answer *Answer
}

func (e *OutputNotAvailableError) Error() string {
	return "the rest of " + e.Stream + " is not available"
}

// OutputTooLargeError says that a stream is larger than the query allows. Nothing of
// it was read.
type OutputTooLargeError struct {
	// Stream is stdout or stderr, Object its s3:// address.
	Stream, Object string
	// Size and Limit are in bytes.
	Size, Limit int64
}

func (e *OutputTooLargeError) Error() string {
	return fmt.Sprintf("%s is %d bytes, more than %d", e.Stream, e.Size, e.Limit)
}

// round makes a duration fit for a message.
func round(d time.Duration) time.Duration { return d.Round(time.Second) }
