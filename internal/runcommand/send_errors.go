// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// PerhapsSentError reports that the service may have accepted a command: the response to
// SendCommand was lost, and the search found no command that matches, or more than one, or one that
// can belong to another request. The command was not sent again.
type PerhapsSentError struct {
	// Response is the response to SendCommand, or the failure of the request.
	Response
	// Request is the fingerprint of the request, and Within the period in which the service can have
	// created its command. Both are parameters of [Client.FindSent].
	Request Fingerprint
	Within  Span
	// Searched is the duration of the search, Lookups the number of successful ListCommands calls,
	// and Unanswered the number of failed ones.
	Searched            time.Duration
	Lookups, Unanswered int
	// Complete is set if the search took the full time and no lookup failed. Without candidates, it
	// is then unlikely that the service accepted the command.
	Complete bool
	// Denied is set if ListCommands was rejected.
	Denied *Response
	// Interrupted is set if an interrupt or the timeout of the operation ended the search early.
	Interrupted bool
	// EarlierLost is set if the response to an earlier equal request of this Client was also lost, so
	// that a candidate can be the command of either request.
	EarlierLost bool
	// Undated is set if the responses do not show the service's time precisely enough, so that a
	// candidate can be older than the request.
	Undated bool
	// Unique is set if the comment was generated for the request, so that no other command has it.
	Unique bool
	// Late is set if the only candidate was created after Send stopped waiting for the response, so
	// that it can be the command of an equal request.
	Late bool
	// Expired is set if the request is older than [History], so that the service no longer returns
	// its command.
	Expired bool
	// Candidates are the commands that can be that of the request, without their parameters.
	Candidates []Command
	// Waited is the duration of the operation.
	Waited time.Duration
}

func (e *PerhapsSentError) Error() string {
	found := fmt.Sprintf("%d commands could be the one that was sent", len(e.Candidates))
	switch {
	case e.Denied != nil:
		found = "the search for the command was rejected: " + e.Denied.Cause
	case len(e.Candidates) == 0:
		found = "no such command was found"
	case len(e.Candidates) == 1:
		found = "one command could be the one that was sent"
	}
	return fmt.Sprintf("whether the command was sent is not known: %s; %s in %s", e.Cause, found, round(e.Searched))
}

// Blame is the part of a request that the service rejected.
type Blame string

// The parts of a request.
const (
	BlameRequest      Blame = "request" // The response does not show which part.
	BlameDocument     Blame = "document"
	BlameVersion      Blame = "document version"
	BlameParameters   Blame = "parameters"
	BlameNodes        Blame = "nodes"
	BlamePlatform     Blame = "platform" // The document does not support the platform of a node.
	BlameSize         Blame = "size"     // The size of the document with its parameters.
	BlameRole         Blame = "service role"
	BlameNotification Blame = "notification"
	BlameOutputS3     Blame = "S3 output"
)

// RefusedError reports that the service rejected a command, and that the error is not retryable.
// The command was not sent to any node.
type RefusedError struct {
	Response
	// Blame is the part of the request that the service rejected, by the error's code.
	Blame Blame
	// Member is the API's name of the member of the input that a ValidationException rejects, such
	// as maxErrors, or "".
	Member string
}

func (e *RefusedError) Error() string { return e.Cause }

// EqualSendError reports that the timeout expired while another operation of this Client was
// sending an equal command, or searching for it. The command was not sent. Equal commands are sent
// one after another, because ListCommands does not show which command belongs to which request.
type EqualSendError struct {
	// Queued is how long the operation waited for the equal command.
	Queued time.Duration
	// Trouble is the failure of the last request of the operation before that, nil without one.
	Trouble *Response
	// Waited is the duration of the operation.
	Waited time.Duration
}

func (e *EqualSendError) Error() string {
	return fmt.Sprintf("SendCommand was not called, because an equal command was being sent for %s", round(e.Queued))
}

// blames has the error codes of SendCommand (API reference), except InvalidInstanceId.
var blames = map[string]Blame{
	"InvalidDocument":           BlameDocument,
	"InvalidDocumentVersion":    BlameVersion,
	"InvalidParameters":         BlameParameters,
	"DuplicateInstanceId":       BlameNodes,
	"UnsupportedPlatformType":   BlamePlatform,
	"MaxDocumentSizeExceeded":   BlameSize,
	"InvalidRole":               BlameRole,
	"InvalidNotificationConfig": BlameNotification,
	"InvalidOutputFolder":       BlameOutputS3,
}

// blameOf returns the part of the request that a rejection is about.
func blameOf(f *awscall.CallError) Blame {
	if blame, ok := blames[f.Code]; ok {
		return blame
	}
	return BlameRequest
}

// inputMembers are the members of the input of SendCommand, with the names that a
// ValidationException uses.
var inputMembers = []string{
	"alarmConfiguration", "cloudWatchOutputConfig", "comment", "documentHash", "documentHashType", "documentName", "documentVersion",
	"instanceIds", "maxConcurrency", "maxErrors", "notificationConfig", "outputS3BucketName", "outputS3KeyPrefix", "parameters",
	"serviceRoleArn", "targets", "timeoutSeconds",
}

// memberOf returns the member of the input in the message of a ValidationException: "Value '0' at
// 'maxErrors' failed to satisfy constraint". The value comes first and can contain quotes, so
// memberOf uses the last "at". The result is only used to name an argument.
func memberOf(f *awscall.CallError) string {
	const before, after = "' at '", "' failed to satisfy constraint"
	if f.Code != "ValidationException" {
		return ""
	}
	message, _, found := strings.Cut(f.Message, after)
	start := strings.LastIndex(message, before)
	if !found || start < 0 {
		return ""
	}
	member := message[start+len(before):]
	top, _, _ := strings.Cut(member, ".")
	if !slices.Contains(inputMembers, top) {
		return ""
	}
	if top == "parameters" {
		return top
	}
	return member
}

// NodesNotReadyError reports that nodes were not ready in time: the service rejected them as
// invalid, or too few of the matching nodes are Online.
type NodesNotReadyError struct {
	// Response is the rejection, nil if no request was sent.
	Response *Response
	// Nodes has the readiness of each requested node, or without node IDs of each matching node.
	Nodes []Readiness
	// Minimum is the number of nodes that had to be Online; 0 means all requested nodes.
	Minimum int
	// Unknown is the failure of DescribeInstanceInformation, nil without one.
	Unknown *Response
	// Waited is the duration of the operation.
	Waited time.Duration
}

func (e *NodesNotReadyError) Error() string {
	ready := 0
	for _, n := range e.Nodes {
		if n.Online() {
			ready++
		}
	}
	return fmt.Sprintf("%d of %d nodes are registered and online after %s", ready, max(len(e.Nodes), e.Minimum), round(e.Waited))
}

// PanicError reports a recovered panic.
type PanicError struct{ value any }

func newPanicError(value any) *PanicError { return &PanicError{value: value} }

// Error returns the message of a runtime error. Of any other value it returns only the type,
// because the value can contain a parameter.
func (e *PanicError) Error() string {
	if err, ok := e.value.(interface {
		error
		RuntimeError()
	}); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: a value of type %T", e.value)
}

// Resource returns the ARN in the message of an IAM denial, or "". A command needs permission for
// its document and for its nodes.
func (r Response) Resource() string {
	_, rest, found := strings.Cut(r.Message, "on resource: ")
	arn, _, _ := strings.Cut(rest, " ")
	if !found || !strings.HasPrefix(arn, "arn:") {
		return ""
	}
	return arn
}
