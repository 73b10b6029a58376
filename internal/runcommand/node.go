package runcommand

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// NodeInvocation is a command on one node with all of its steps: a row of
// ListCommandInvocations. A string is "" where the service gave nothing.
type NodeInvocation struct {
	CommandID, InstanceID, InstanceName    string
	Comment, DocumentName, DocumentVersion string
	RequestedDateTime                      time.Time
	// Status is that of the whole invocation on the node.
	Status, StatusDetails, TraceOutput string
	// The URLs are given only where there is a single step.
	StandardOutputURL, StandardErrorURL string
	ServiceRole                         string
	Notification                        *Notification
	CloudWatchOutput                    *CloudWatchOutput
	// Steps in the document's order; none where they were not asked for.
	Steps []StepResult
}

// StepResult is one step of a command on one node, as a row has it.
type StepResult struct {
	Name                                string
	Status, StatusDetails               string
	ResponseCode                        int32
	Start, Finish                       time.Time
	Output                              string // Both streams, 2,500 bytes in all.
	OutputTruncated                     bool
	StandardOutputURL, StandardErrorURL string
	OutputS3                            OutputS3
}

// Ended reports whether the status is final.
func (n *NodeInvocation) Ended() bool {
	return invocationEnded(types.CommandInvocationStatus(n.Status))
}

// Succeeded reports whether the status is Success.
func (n *NodeInvocation) Succeeded() bool {
	return n.Status == string(types.CommandInvocationStatusSuccess)
}

// stepNames are the names of the steps, in the document's order.
func (n *NodeInvocation) stepNames() []string {
	var names []string
	for _, s := range n.Steps {
		names = append(names, s.Name)
	}
	return names
}

func newNodeInvocation(row types.CommandInvocation) *NodeInvocation {
	n := &NodeInvocation{
		CommandID:         text(row.CommandId),
		InstanceID:        text(row.InstanceId),
		InstanceName:      text(row.InstanceName),
		Comment:           text(row.Comment),
		DocumentName:      text(row.DocumentName),
		DocumentVersion:   text(row.DocumentVersion),
		RequestedDateTime: moment(row.RequestedDateTime),
		Status:            clean(string(row.Status)),
		StatusDetails:     text(row.StatusDetails),
		TraceOutput:       text(row.TraceOutput),
		StandardOutputURL: text(row.StandardOutputUrl),
		StandardErrorURL:  text(row.StandardErrorUrl),
		ServiceRole:       text(row.ServiceRole),
		Notification:      newNotification(row.NotificationConfig),
		CloudWatchOutput:  cloudWatchOutput(row.CloudWatchOutputConfig, text(row.DocumentName)),
	}
	for _, p := range row.CommandPlugins {
		output := ""
		if p.Output != nil {
			output = *p.Output
		}
		n.Steps = append(n.Steps, StepResult{
			Name:              text(p.Name),
			Status:            clean(string(p.Status)),
			StatusDetails:     text(p.StatusDetails),
			ResponseCode:      p.ResponseCode,
			Start:             moment(p.ResponseStartDateTime),
			Finish:            moment(p.ResponseFinishDateTime),
			Output:            clean(output),
			OutputTruncated:   outputTruncated(output),
			StandardOutputURL: text(p.StandardOutputUrl),
			StandardErrorURL:  text(p.StandardErrorUrl),
			OutputS3:          OutputS3{text(p.OutputS3BucketName), text(p.OutputS3KeyPrefix), text(p.OutputS3Region)},
		})
	}
	return n
}

// What the agent keeps of both streams together for the list operation, and the
// marks of its two cuts (amazon-ssm-agent iohandler.go, TruncateOutput). The cut
// text is as long as the limit, but for a rune that was split at either cut.
const (
	outputLimit      = 2500
	outputCutMarker  = "\n---Output truncated---"
	errorCutMarker   = "\n---Error truncated----"
	outputCutsOfRune = 2 * runeSlack
)

// outputTruncated reports whether a row's output was cut.
func outputTruncated(output string) bool {
	marked := strings.Contains(output, outputCutMarker) || strings.HasSuffix(output, errorCutMarker)
	return len(output) >= outputLimit || marked && len(output) >= outputLimit-outputCutsOfRune
}
