// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// Response is how the service rejected a request, or why there was no response.
type Response struct {
	// Operation is the API's name of what was called, such as ListCommands.
	Operation string
	// Code is the service's error code, "" if there was none.
	Code string
	// Message is the service's own text, as it came, often "".
	Message string
	// RequestID is what AWS Support asks for, "" without a response.
	RequestID string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Cause says in one clause what was met.
	Cause string
}

func responseOf(f *awscall.CallError) Response {
	return Response{Operation: f.Operation, Code: f.Code, Message: f.Message, RequestID: f.RequestID, Status: f.Status, Cause: f.Error()}
}

// OfS3 reports whether the request was to S3.
func (r Response) OfS3() bool { return r.Operation == getObject }

// Action is the IAM action that allows the operation.
func (r Response) Action() string {
	if r.OfS3() {
		return "s3:" + r.Operation
	}
	return "ssm:" + r.Operation
}

// NotFoundError says that the service reports no such invocation or command.
type NotFoundError struct {
	// Existence is what the list operations returned.
	Existence Existence
	// Waited is for how long the service reported "does not exist".
	Waited time.Duration
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("the service reported for %s that the invocation does not exist", round(e.Waited))
}

// CommandUnknown reports whether the service has no record of the command: both list operations
// responded, and neither returned it. Only then is "it is gone" not a guess.
func (e *NotFoundError) CommandUnknown() bool {
	x := e.Existence
	return x.Command == nil && x.CommandDenied == nil && x.Node == nil && x.InvocationsDenied == nil && len(x.Nodes) == 0
}

// StepNotFoundError says that the invocation has no step with the requested name.
type StepNotFoundError struct {
	// Steps are the names of the steps, in the document's order; none if the service listed none.
	Steps []string
	// Denied is set if the listing was rejected.
	Denied *Response
	// Waited is for how long the service reported InvalidPluginName.
	Waited time.Duration
}

func (e *StepNotFoundError) Error() string {
	if len(e.Steps) == 0 {
		return fmt.Sprintf("the service reported InvalidPluginName for %s and lists no step", round(e.Waited))
	}
	return "no such step; there are " + strings.Join(e.Steps, ", ")
}

// StillRunningError says that the read's time was over before the invocation was complete. It does
// not say that anything failed.
type StillRunningError struct {
	// Status and StatusDetails are the last ones that were returned.
	Status, StatusDetails string
	// Completed and Targets count a command's nodes if the read was about those, Listed the
	// invocations that were read after the command was complete.
	Completed, Targets, Listed int
	// Source says which operation returned the status: the invocation's own, or one of the list
	// operations if the invocation was never visible.
	Source StatusSource
	// Waited is how long the read took.
	Waited time.Duration
	// ExpiresAfter is when the command itself expires, zero if that is not known.
	ExpiresAfter time.Time
	// Trouble is what the last requests met, nil if they succeeded.
	Trouble *Response
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("still %s after %s", e.Status, round(e.Waited))
}

// StatusSource says which operation a status comes from.
type StatusSource int

// The operations that return a status.
const (
	FromInvocation StatusSource = iota // GetCommandInvocation.
	FromNode                           // The node's entry in ListCommandInvocations.
	FromCommand                        // The command in ListCommands.
)

// ResponseTooLargeError says that a response was larger than any response of the service.
type ResponseTooLargeError = awscall.TooLargeError

// UnfinishedListError says that the time was over while a list was read, page by page.
type UnfinishedListError struct {
	// Operation is the list operation, Rows how many entries had been read.
	Operation string
	Rows      int
	// Waited is how long the read took.
	Waited time.Duration
	// Trouble is what the last requests met, nil if they succeeded.
	Trouble *Response
}

func (e *UnfinishedListError) Error() string {
	return fmt.Sprintf("%s has more than the %d entries that were read", e.Operation, e.Rows)
}

// SeveralCommandsError says that more than one command has the requested comment.
type SeveralCommandsError struct {
	// Commands are those that have it, newest first.
	Commands []Command
}

func (e *SeveralCommandsError) Error() string {
	return fmt.Sprintf("%d commands have the comment", len(e.Commands))
}

// TooLargeError says that a list is larger than the client keeps.
type TooLargeError struct {
	// Limit is the bound in bytes, Rows how many entries had been read when it was reached.
	Limit int64
	Rows  int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.Limit)
}

// EndlessListError says that a list returned a token a second time, so that it has no end.
type EndlessListError struct{ Operation string }

func (e *EndlessListError) Error() string { return e.Operation + " repeats a token" }

// AccessDeniedError says that IAM does not allow an operation that the read needs.
type AccessDeniedError struct {
	Response
	// Object is the s3:// address if the request was for an object, else "".
	Object string
}

func (e *AccessDeniedError) Error() string { return e.Cause }

// CredentialsError says that the credentials could not be fetched, have expired, or are not
// recognized, and that renewing them once did not help.
type CredentialsError struct{ Response }

func (e *CredentialsError) Error() string { return e.Cause }

// ConfigurationError says that no request could be made because of how the client is configured:
// its Region, endpoints, or user agent. Nothing was sent.
type ConfigurationError struct {
	Response
	cause error
}

func (e *ConfigurationError) Error() string { return e.Cause }

// Unwrap returns what prevented the request.
func (e *ConfigurationError) Unwrap() error { return e.cause }

// RejectedError says that the service rejected the request, and would reject it again.
type RejectedError struct {
	Response
	// Object is the s3:// address if the request was for an object, else "".
	Object string
}

func (e *RejectedError) Error() string { return e.Cause }

// GaveUp says why a read stopped trying to reach the service.
type GaveUp int

// The reasons to stop trying.
const (
	GaveUpTimedOut    GaveUp = iota // The read's own time was over.
	GaveUpUnreached                 // There was no response of the service for a minute.
	GaveUpUnreachable               // Unknown host name, or a certificate that does not verify.
	GaveUpUnreadable                // Responses are JSON and do not decode, for half a minute.
	GaveUpAttempts                  // Options.MaxAttempts attempts failed in a row.
	GaveUpNoValues                  // Something is complete, and its values were never returned.
)

// UnavailableError says that the service could not be reached, or kept asking to come again, so
// that nothing is known about the command.
type UnavailableError struct {
	Response
	// Why tells which bound was met.
	Why GaveUp
	// Attempts is the number of attempts that failed in a row.
	Attempts int
	// Waited is how long the read took.
	Waited time.Duration
}

func (e *UnavailableError) Error() string { return e.Cause }

// InterruptedError says that the caller ended the read.
type InterruptedError = poll.InterruptedError

// NotAvailable says why complete output cannot be had.
type NotAvailable int

// The reasons.
const (
	NotWrittenToS3 NotAvailable = iota // The command was sent without a bucket.
	NotAnS3URL                         // The URL is not the address of this stream in a plain bucket.
	NoObject                           // The object is not there: the upload failed, or it was deleted.
	NotTheOutput                       // The object does not begin with the output that the service keeps.
)

// OutputNotAvailableError says that a stream is truncated and that the rest cannot be read.
type OutputNotAvailableError struct {
	// Stream is stdout or stderr.
	Stream string
	Why    NotAvailable
	// URL is what the service returned, "" for nothing.
	URL string
	// CloudWatchGroup and CloudWatchStream are where the text is in CloudWatch Logs, "" if it is
	// not sent there. The agent reformats the text that it sends there.
	CloudWatchGroup, CloudWatchStream string
	// Response is what S3 returned, nil if it was not called.
	Response *Response
}

func (e *OutputNotAvailableError) Error() string {
	return "the rest of " + e.Stream + " is not available"
}

// OutputTooLargeError says that a stream is larger than the query allows. Nothing was read.
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
