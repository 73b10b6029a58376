package runcommand

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Invocation is what came of one step of a command on one node. A string is ""
// where the service gave nothing.
type Invocation struct {
	CommandID, InstanceID         string
	PluginName                    string
	Comment                       string
	DocumentName, DocumentVersion string
	// ResponseCode is the exit code; nil where the service gave none, -1 until the
	// step has started.
	ResponseCode *int32
	// The times are strings as the service writes them. The end is wrong below the
	// second (it is the start plus whole seconds), so nothing is computed from them.
	ExecutionStart, ExecutionElapsed, ExecutionEnd string
	// Status is the step's where a step is named or there is only one.
	Status, StatusDetails string
	StandardOutput        Stream
	StandardError         Stream
	// CloudWatchOutput is nil unless the command writes to CloudWatch Logs.
	CloudWatchOutput *CloudWatchOutput
}

// Ended reports whether the status is final.
func (i *Invocation) Ended() bool {
	return invocationEnded(types.CommandInvocationStatus(i.Status))
}

// Succeeded reports whether the status is Success.
func (i *Invocation) Succeeded() bool {
	return i.Status == string(types.CommandInvocationStatusSuccess)
}

// Stream is standard output or standard error.
type Stream struct {
	// Content is nil until the step has ended, and where several steps have
	// streams of their own; "" is an empty stream.
	Content *string
	// Truncated tells whether the service keeps only the beginning.
	Truncated bool
	// URL is the object in S3, "" where the command does not write there. It is
	// given for an empty stream too, which has no object.
	URL string
}

// Empty reports whether nothing was written, as far as is known.
func (s Stream) Empty() bool { return s.Content == nil || *s.Content == "" }

// Size is how many bytes of the stream there are here.
func (s Stream) Size() int { return len(aws.ToString(s.Content)) }

// CloudWatchOutput is where a command's output is sent in CloudWatch Logs.
type CloudWatchOutput struct{ LogGroupName string }

// newInvocation maps an answer; responseCode tells whether the answer had a
// ResponseCode, which the SDK shows as 0 where it was absent.
func newInvocation(out *ssm.GetCommandInvocationOutput, responseCode bool) *Invocation {
	i := &Invocation{
		CommandID:        text(out.CommandId),
		InstanceID:       text(out.InstanceId),
		PluginName:       text(out.PluginName),
		Comment:          text(out.Comment),
		DocumentName:     text(out.DocumentName),
		DocumentVersion:  text(out.DocumentVersion),
		ExecutionStart:   text(out.ExecutionStartDateTime),
		ExecutionElapsed: text(out.ExecutionElapsedTime),
		ExecutionEnd:     text(out.ExecutionEndDateTime),
		Status:           string(out.Status),
		StatusDetails:    text(out.StatusDetails),
		StandardOutput:   Stream{URL: text(out.StandardOutputUrl)},
		StandardError:    Stream{URL: text(out.StandardErrorUrl)},
		CloudWatchOutput: cloudWatchOutput(out.CloudWatchOutputConfig, text(out.DocumentName)),
	}
	if responseCode {
		i.ResponseCode = &out.ResponseCode
	}
	if i.Ended() {
		i.StandardOutput.set(aws.ToString(out.StandardOutputContent), standardOutputLimit)
		i.StandardError.set(aws.ToString(out.StandardErrorContent), standardErrorLimit)
	}
	return i
}

// withoutCode reports whether the answer has the form of one about several steps:
// no output and no exit code. A 0 for an invocation that did not succeed is taken
// for none: that is how an absent one was told to read. Output is some step's, so
// that an answer with any of it is taken as it is.
func (i *Invocation) withoutCode() bool {
	if !i.StandardOutput.Empty() || !i.StandardError.Empty() {
		return false
	}
	return i.ResponseCode == nil || *i.ResponseCode == 0 && i.Ended() && !i.Succeeded()
}

// set takes a content as it came; what it says of truncation is judged before a
// byte is replaced.
func (s *Stream) set(content string, limit int) {
	s.Truncated = truncated(content, limit)
	content = clean(content)
	s.Content = &content
}

// cloudWatchOutput returns nil unless the output is sent to CloudWatch Logs. Where
// no group was named the answer has none either; the agent then uses
// /aws/ssm/<document> (messageutil.go; the model text lacks the leading slash).
func cloudWatchOutput(c *types.CloudWatchOutputConfig, document string) *CloudWatchOutput {
	if c == nil || !c.CloudWatchOutputEnabled {
		return nil
	}
	name := text(c.CloudWatchLogGroupName)
	if name == "" {
		name = "/aws/ssm/" + document
	}
	return &CloudWatchOutput{LogGroupName: name}
}

// about returns a [*mismatchError] unless out is about the query. An empty 200
// decodes to an answer about nothing.
func about(out *ssm.GetCommandInvocationOutput, q InvocationQuery) error {
	command, node, step := text(out.CommandId), text(out.InstanceId), text(out.PluginName)
	switch {
	case command == "" && node == "":
		return &mismatchError{got: "nothing: it names no command and no node"}
	case !strings.EqualFold(command, q.CommandID):
		return &mismatchError{got: "another command, " + command}
	case !strings.EqualFold(node, q.InstanceID):
		return &mismatchError{got: "another node, " + node}
	case q.PluginName != "" && step != "" && step != q.PluginName:
		return &mismatchError{got: "another step, " + step}
	}
	return nil
}
