// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// PerhapsSentError says that it is not known whether the service accepted a command: the response
// to the one request that may have been accepted was lost, and the search for the command has not
// found it, or not only it. The command was not sent again.
type PerhapsSentError struct {
	// Response is what the request met.
	Response
	// Request is what the request asked for, and Within when its command can have been requested.
	// [Client.FindSent] takes both.
	Request Fingerprint
	Within  Span
	// Searched is how long the command was searched for, Lookups how often ListCommands was
	// answered, and Unanswered how often it was not.
	Searched            time.Duration
	Lookups, Unanswered int
	// Complete is set if every lookup was answered, for the whole time of a search. Without
	// candidates it is then unlikely that the service accepted the command.
	Complete bool
	// Denied is set if ListCommands was rejected.
	Denied *Response
	// Interrupted is set if the caller, or the operation's time, ended the search early.
	Interrupted bool
	// EarlierLost is set if an equal request of this Client is not accounted for either, so that a
	// command that is found can be that of either.
	EarlierLost bool
	// Undated is set if no response told the service's time well enough, so that a command that is
	// found can be older than the request.
	Undated bool
	// Unique is set if the comment was made for the request, so that no other command has it.
	Unique bool
	// Late is set if the one candidate was requested later than the request was waited for, so that it
	// can be that of an equal request.
	Late bool
	// Expired is set if the service keeps no command of the time of the request any more, so that no
	// search can find it: see [History].
	Expired bool
	// Candidates are commands that can be the one that was sent, without their parameters.
	Candidates []Command
	// Waited is how long the operation took.
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

// Blame is what of a request the service rejected.
type Blame string

// What can be to blame.
const (
	BlameRequest      Blame = "request" // Not known any closer.
	BlameDocument     Blame = "document"
	BlameVersion      Blame = "document version"
	BlameParameters   Blame = "parameters"
	BlameNodes        Blame = "nodes"
	BlamePlatform     Blame = "platform" // The document does not support that of a node.
	BlameSize         Blame = "size"     // Of the document with its parameters.
	BlameRole         Blame = "service role"
	BlameNotification Blame = "notification"
	BlameOutputS3     Blame = "S3 output"
)

// RefusedError says that the service rejected a command, and would reject it again. It was not sent
// to any node.
type RefusedError struct {
	Response
	// Blame is what the service rejected, by the error's code.
	Blame Blame
	// Member is the API's name of the member of the input that a ValidationException is about, such
	// as maxErrors; "" if it names none.
	Member string
}

func (e *RefusedError) Error() string { return e.Cause }

// EqualSendError says that the time limit passed while another operation of this Client was sending
// an equal command, or searching for it. The command was not sent. Equal commands are sent one after
// another, because they cannot be told apart in ListCommands.
type EqualSendError struct {
	// Queued is how long the operation waited for the equal command.
	Queued time.Duration
	// Trouble is what the last request of the operation met before that, nil if it made none.
	Trouble *Response
	// Waited is how long the operation took.
	Waited time.Duration
}

func (e *EqualSendError) Error() string {
	return fmt.Sprintf("SendCommand was not called, because an equal command was being sent for %s", round(e.Queued))
}

// blames are the codes of SendCommand (API reference), except InvalidInstanceId.
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

// blameOf returns what a rejection blames.
func blameOf(f *awscall.CallError) Blame {
	if blame, ok := blames[f.Code]; ok {
		return blame
	}
	return BlameRequest
}

// inputMembers are the members of the input of SendCommand, as the service's framework names them.
var inputMembers = []string{
	"alarmConfiguration", "cloudWatchOutputConfig", "comment", "documentHash", "documentHashType", "documentName", "documentVersion",
	"instanceIds", "maxConcurrency", "maxErrors", "notificationConfig", "outputS3BucketName", "outputS3KeyPrefix", "parameters",
	"serviceRoleArn", "targets", "timeoutSeconds",
}

// memberOf returns the member of the input that the message of a ValidationException names: "Value
// '0' at 'maxErrors' failed to satisfy constraint". The value is the first to be quoted, and can
// contain quotes, so that the last "at" counts. What it returns only points to an argument.
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

// NodesNotReadyError says that nodes were not ready in time: the service rejected them as invalid,
// or too few of those that match are Online.
type NodesNotReadyError struct {
	// Response is the rejection, nil if nothing was sent.
	Response *Response
	// Nodes is what is known about each node: those that were requested, else those that match.
	Nodes []Readiness
	// Minimum is the number of nodes that had to be Online, 0 for all that were requested.
	Minimum int
	// Unknown is set if DescribeInstanceInformation did not tell.
	Unknown *Response
	// Waited is how long the operation took.
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

// PanicError is a panic that was recovered.
type PanicError struct{ value any }

func newPanicError(value any) *PanicError { return &PanicError{value: value} }

// Error names the type of a value that is not an error of the runtime: the value itself can be
// anything, and have a parameter in it.
func (e *PanicError) Error() string {
	if err, ok := e.value.(interface {
		error
		RuntimeError()
	}); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: a value of type %T", e.value)
}

// Resource returns the ARN of the resource that IAM denied, as the message of the error names it;
// "" if it names none. A command needs permission for its document and for its nodes.
func (r Response) Resource() string {
	_, rest, found := strings.Cut(r.Message, "on resource: ")
	arn, _, _ := strings.Cut(rest, " ")
	if !found || !strings.HasPrefix(arn, "arn:") {
		return ""
	}
	return arn
}
