// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// Response is the error response of the service to a request, or the reason why there was none.
type Response struct {
	// Operation is the API's name of the operation, such as ListCommands.
	Operation string
	// Code is the service's error code, "" if there was none.
	Code string
	// Message is the service's text without secrets, often "".
	Message string
	// RequestID identifies the request for AWS Support, "" without a response.
	RequestID string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Cause is one clause about the failure, without a period.
	Cause string
}

func responseOf(f *awscall.CallError) Response {
	return Response{Operation: f.Operation, Code: f.Code, Message: f.Message, RequestID: f.RequestID, Status: f.Status, Cause: f.Error()}
}

// OfS3 reports whether the request was to S3.
func (r Response) OfS3() bool { return r.Operation == getObject }

// Action returns the IAM action that allows the operation.
func (r Response) Action() string {
	if r.OfS3() {
		return "s3:" + r.Operation
	}
	return "ssm:" + r.Operation
}

// NotFoundError reports that the service reports no such invocation or command.
type NotFoundError struct {
	// Existence is what the list operations returned.
	Existence Existence
	// Waited is the time in which the service reported "does not exist".
	Waited time.Duration
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("the service reported for %s that the invocation does not exist", round(e.Waited))
}

// CommandUnknown reports whether the service has no record of the command: both list operations
// responded, and neither returned it.
func (e *NotFoundError) CommandUnknown() bool {
	x := e.Existence
	return x.Command == nil && x.CommandDenied == nil && x.Node == nil && x.InvocationsDenied == nil && len(x.Nodes) == 0
}

// StepNotFoundError reports that the invocation has no step with the requested name.
type StepNotFoundError struct {
	// Steps are the names of the steps, in the document's order; none if the service lists none.
	Steps []string
	// Denied is set if the listing was rejected.
	Denied *Response
	// Waited is the time in which the service reported InvalidPluginName.
	Waited time.Duration
}

func (e *StepNotFoundError) Error() string {
	if len(e.Steps) == 0 {
		return fmt.Sprintf("the service reported InvalidPluginName for %s and lists no step", round(e.Waited))
	}
	return "no such step; there are " + strings.Join(e.Steps, ", ")
}

// StillRunningError reports that the deadline passed before the command or the invocation was
// complete. Neither has failed.
type StillRunningError struct {
	// Status and StatusDetails are those of the last response.
	Status, StatusDetails string
	// Completed and Targets count the nodes of a command, if the operation waits for a command.
	// Listed is the number of invocations that were read after the command was complete.
	Completed, Targets, Listed int
	// Source is the operation that returned the status: GetCommandInvocation, or a list operation
	// if the invocation was not visible to GetCommandInvocation.
	Source StatusSource
	// Waited is how long the read took.
	Waited time.Duration
	// ExpiresAfter is when the command expires, zero if that is not known.
	ExpiresAfter time.Time
	// Trouble is what the last requests met, nil if they succeeded.
	Trouble *Response
}

func (e *StillRunningError) Error() string {
	return fmt.Sprintf("still %s after %s", e.Status, round(e.Waited))
}

// StatusSource is the operation that returned a status.
type StatusSource int

// The operations that return a status.
const (
	FromInvocation StatusSource = iota // GetCommandInvocation.
	FromNode                           // The node's entry in ListCommandInvocations.
	FromCommand                        // The command in ListCommands.
)

// ResponseTooLargeError reports that a response was larger than any response of the service.
type ResponseTooLargeError = awscall.TooLargeError

// UnfinishedListError reports that the deadline passed before a list was read to its end.
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

// SeveralCommandsError reports that more than one command has the requested comment.
type SeveralCommandsError struct {
	// Commands are those that have it, newest first.
	Commands []Command
}

func (e *SeveralCommandsError) Error() string {
	return fmt.Sprintf("%d commands have the comment", len(e.Commands))
}

// TooLargeError reports that a list is larger than [Options.MaxListBytes].
type TooLargeError struct {
	// Limit is the maximum size in bytes. Rows is the number of entries that were read until then.
	Limit int64
	Rows  int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the list is larger than %d bytes", e.Limit)
}

// EndlessListError reports that a list returned a page token a second time, so that it has no end.
type EndlessListError struct{ Operation string }

func (e *EndlessListError) Error() string { return e.Operation + " repeats a token" }

// AccessDeniedError reports that IAM does not allow a request.
type AccessDeniedError struct {
	Response
	// Object is the s3:// address if the request was for an object, else "".
	Object string
}

func (e *AccessDeniedError) Error() string { return e.Cause }

// CredentialsError reports that the credentials could not be fetched, or that AWS rejected them.
// The Client has already renewed expired credentials once.
type CredentialsError struct{ Response }

func (e *CredentialsError) Error() string { return e.Cause }

// ConfigurationError reports that the configuration of the SDK's client is invalid: its Region,
// endpoints, or user agent. No request was sent.
type ConfigurationError struct {
	Response
	cause error
}

func (e *ConfigurationError) Error() string { return e.Cause }

// Unwrap returns the cause.
func (e *ConfigurationError) Unwrap() error { return e.cause }

// RejectedError reports that the service rejected a request with an error that is not retryable.
type RejectedError struct {
	Response
	// Object is the s3:// address if the request was for an object, else "".
	Object string
}

func (e *RejectedError) Error() string { return e.Cause }

// GaveUp is the reason why an operation no longer retries.
type GaveUp int

// The reasons not to retry.
const (
	GaveUpTimedOut    GaveUp = iota // The deadline passed.
	GaveUpUnreached                 // The service has never responded, for a minute.
	GaveUpUnreachable               // The host name does not exist, or its certificate does not verify.
	GaveUpUnreadable                // Responses did not decode, for 30 seconds.
	GaveUpAttempts                  // Options.MaxAttempts attempts failed in a row.
	GaveUpNoValues                  // Responses contradict each other, or omit the values of something complete.
)

// UnavailableError reports that no request succeeded, because the service did not respond, or
// responded only with errors that are retryable, such as throttling.
type UnavailableError struct {
	Response
	// Why is the reason why the operation no longer retries.
	Why GaveUp
	// Attempts is the number of attempts that failed in a row.
	Attempts int
	// Waited is how long the read took.
	Waited time.Duration
}

func (e *UnavailableError) Error() string { return e.Cause }

// InterruptedError reports that the caller ended the operation.
type InterruptedError = poll.InterruptedError

// NotAvailable is the reason why complete output cannot be read.
type NotAvailable int

// The reasons.
const (
	NotWrittenToS3 NotAvailable = iota // The command was sent without a bucket.
	NotAnS3URL                         // The URL is not that of this stream in a general purpose bucket.
	NoObject                           // The object does not exist: its upload failed, or it was deleted.
	NotTheOutput                       // The object does not begin with the output that the service keeps.
)

// OutputNotAvailableError reports that a stream is truncated, and that the rest cannot be read.
type OutputNotAvailableError struct {
	// Stream is stdout or stderr.
	Stream string
	Why    NotAvailable
	// URL is the output URL that the service returned, or "".
	URL string
	// CloudWatchGroup and CloudWatchStream are the log group and stream in CloudWatch Logs, "" if
	// the command does not write there. The agent reformats the text that it sends there.
	CloudWatchGroup, CloudWatchStream string
	// Response is the error response of S3, nil without one.
	Response *Response
}

func (e *OutputNotAvailableError) Error() string {
	return "the rest of " + e.Stream + " is not available"
}

// OutputTooLargeError reports that a stream is larger than MaxOutputBytes. Nothing was read.
type OutputTooLargeError struct {
	// Stream is stdout or stderr, Object its s3:// address.
	Stream, Object string
	// Size and Limit are in bytes.
	Size, Limit int64
}

func (e *OutputTooLargeError) Error() string {
	return fmt.Sprintf("%s is %d bytes, more than %d", e.Stream, e.Size, e.Limit)
}

// round returns a duration in whole seconds, for messages.
func round(d time.Duration) time.Duration { return d.Round(time.Second) }
