// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// InvocationQuery requests one invocation, or one step of it, and says how long to wait.
type InvocationQuery struct {
	// CommandID is the command's UUID.
	CommandID string
	// InstanceID is the managed node's ID, i-... or mi-....
	InstanceID string
	// PluginName is the step's name; "" requests the only step.
	PluginName string
	// NoWait takes the invocation as it is once it is visible.
	NoWait bool
	// Visibility is how long "does not exist" is taken for "not visible yet" if the service has no
	// record of the command.
	Visibility time.Duration
	// CompleteOutput reads a stream that the service truncated from S3, if it has at most
	// MaxOutputBytes.
	CompleteOutput bool
	MaxOutputBytes int64
	// BucketOwner is the ID of the account that must own the bucket; "" allows any.
	BucketOwner string
	// Started is when the read began, the zero time for now.
	Started time.Time
	// Timeout is how long the read may take, counted from Started.
	Timeout time.Duration
}

// Result is what a read of an invocation returned.
type Result struct {
	Invocation Invocation
	// OutputOnly is set when the invocation was read, and only its complete output could not be.
	// It accompanies an error.
	OutputOnly bool
	// StepNameNeeded is set if no step was named and there are several: then there is no one exit
	// code or output to return.
	StepNameNeeded *StepNameNeeded
	// StepUnfinished is set if the invocation is complete and its step is not reported so: the
	// values are those of a step that is not complete.
	StepUnfinished *StepUnfinished
}

// StepNameNeeded lists the steps of an invocation with several.
type StepNameNeeded struct {
	// Steps are the names, in the document's order; none if Denied is set.
	Steps []string
	// Denied is set if the listing was rejected.
	Denied *Response
}

// StepUnfinished is the status of an invocation whose step has another one.
type StepUnfinished struct {
	// InvocationStatus is the status of the whole invocation on the node.
	InvocationStatus string
	// Waited is how long the step was polled after that.
	Waited time.Duration
}

// Invocation is the result of one step of a command on one node. A string is "" if the service
// returned nothing.
type Invocation struct {
	CommandID, InstanceID         string
	PluginName                    string
	Comment                       string
	DocumentName, DocumentVersion string
	// ResponseCode is the exit code; nil if the service returned none, -1 until the step is
	// complete.
	ResponseCode *int32
	// The times are strings as the service returns them. The end is wrong below the second (it is
	// the start plus whole seconds), so nothing is computed from them.
	ExecutionStart, ExecutionElapsed, ExecutionEnd string
	// Status is the status of the step if a step is named or there is only one.
	Status, StatusDetails string
	StandardOutput        Stream
	StandardError         Stream
	// CloudWatchOutput is nil unless the command writes to CloudWatch Logs.
	CloudWatchOutput *CloudWatchOutput
}

// Complete reports whether the status is terminal.
func (i *Invocation) Complete() bool {
	return invocationComplete(types.CommandInvocationStatus(i.Status))
}

// Succeeded reports whether the status is Success.
func (i *Invocation) Succeeded() bool {
	return i.Status == string(types.CommandInvocationStatusSuccess)
}

// CloudWatchOutput is the destination of a command's output in CloudWatch Logs.
type CloudWatchOutput struct{ LogGroupName string }

// newInvocation maps a response. responseCode tells whether the response has a ResponseCode, which
// the SDK shows as 0 if it is absent.
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
	if i.Complete() {
		i.StandardOutput.set(aws.ToString(out.StandardOutputContent), standardOutputLimit)
		i.StandardError.set(aws.ToString(out.StandardErrorContent), standardErrorLimit)
	}
	return i
}

// withoutStep removes what belongs to a step.
func (i *Invocation) withoutStep() {
	i.PluginName, i.ResponseCode = "", nil
	i.StandardOutput, i.StandardError = Stream{}, Stream{}
}

// maybeSeveral reports whether the response to a request without a step can be about several
// steps: it has no output, and no exit code or no step's name. A 0 for an invocation that did not
// succeed is taken for none: that is how an absent one reads in some clients. Output belongs to a
// step, so that a response with any output is taken as it is.
func (i *Invocation) maybeSeveral() bool {
	if !i.StandardOutput.Empty() || !i.StandardError.Empty() {
		return false
	}
	return i.ResponseCode == nil || i.PluginName == "" || *i.ResponseCode == 0 && i.Complete() && !i.Succeeded()
}

// cloudWatchOutput returns nil unless the output is sent to CloudWatch Logs. If the command names no
// group, neither does the response; the agent then uses /aws/ssm/<document> (messageutil.go; the
// text of the API model lacks the leading slash).
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

// matches returns a mismatch unless out is about the query. An empty 200 decodes to a response
// about nothing.
func matches(out *ssm.GetCommandInvocationOutput, q InvocationQuery) error {
	command, node, step := text(out.CommandId), text(out.InstanceId), text(out.PluginName)
	switch {
	case command == "" && node == "":
		return &awscall.MismatchError{Got: "nothing: it names no command and no node"}
	case !strings.EqualFold(command, q.CommandID):
		return another("command", command)
	case !strings.EqualFold(node, q.InstanceID):
		return another("node", node)
	case q.PluginName != "" && step != "" && step != q.PluginName:
		return another("step", step)
	}
	return nil
}
