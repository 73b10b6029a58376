// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// NodeInvocation is a command invocation with its steps: an entry of ListCommandInvocations. An
// absent string is "".
type NodeInvocation struct {
	CommandID, InstanceID, InstanceName    string
	Comment, DocumentName, DocumentVersion string
	RequestedDateTime                      time.Time
	// Status is the status of the whole invocation on the node.
	Status, StatusDetails, TraceOutput string
	// The URLs are returned only if there is a single step.
	StandardOutputURL, StandardErrorURL string
	ServiceRole                         string
	Notification                        *Notification
	CloudWatchOutput                    *CloudWatchOutput
	// Steps in the document's order; none if they were not requested.
	Steps []Step
}

// Step is one step of a [NodeInvocation].
type Step struct {
	Name                                string
	Status, StatusDetails               string
	ResponseCode                        *int32 // nil if the service returned none.
	Start, Finish                       time.Time
	Output                              string // Both streams, 2,500 bytes in all.
	OutputTruncated                     bool
	StandardOutputURL, StandardErrorURL string
	OutputS3                            OutputS3
}

// Complete reports whether the status is terminal.
func (n *NodeInvocation) Complete() bool {
	return invocationComplete(types.CommandInvocationStatus(n.Status))
}

// Succeeded reports whether the status is Success.
func (n *NodeInvocation) Succeeded() bool {
	return n.Status == string(types.CommandInvocationStatusSuccess)
}

// worse returns one of two entries about the same invocation: the first if both are complete and
// only the second succeeded, or else the second.
func worse(first, second NodeInvocation) NodeInvocation {
	if first.Complete() && second.Complete() && !first.Succeeded() && second.Succeeded() {
		return first
	}
	return second
}

// stepNames returns the names of the steps, in the document's order.
func (n *NodeInvocation) stepNames() []string {
	var names []string
	for _, s := range n.Steps {
		names = append(names, s.Name)
	}
	return names
}

// newNodeInvocation maps an entry of a response. m has the members of that response, and place is
// the index of the entry in it.
func newNodeInvocation(row types.CommandInvocation, m *members, place int) *NodeInvocation {
	n := &NodeInvocation{
		CommandID:         text(row.CommandId),
		InstanceID:        text(row.InstanceId),
		InstanceName:      text(row.InstanceName),
		Comment:           text(row.Comment),
		DocumentName:      text(row.DocumentName),
		DocumentVersion:   text(row.DocumentVersion),
		RequestedDateTime: toMillis(row.RequestedDateTime),
		Status:            clean(string(row.Status)),
		StatusDetails:     text(row.StatusDetails),
		TraceOutput:       text(row.TraceOutput),
		StandardOutputURL: text(row.StandardOutputUrl),
		StandardErrorURL:  text(row.StandardErrorUrl),
		ServiceRole:       text(row.ServiceRole),
		Notification:      newNotification(row.NotificationConfig),
		CloudWatchOutput:  cloudWatchOutput(row.CloudWatchOutputConfig, text(row.DocumentName)),
	}
	for i, p := range row.CommandPlugins {
		output := ""
		if p.Output != nil {
			output = *p.Output
		}
		n.Steps = append(n.Steps, Step{
			Name:              text(p.Name),
			Status:            clean(string(p.Status)),
			StatusDetails:     text(p.StatusDetails),
			ResponseCode:      m.exitCode(place, i, p.ResponseCode),
			Start:             toMillis(p.ResponseStartDateTime),
			Finish:            toMillis(p.ResponseFinishDateTime),
			Output:            clean(output),
			OutputTruncated:   outputTruncated(output),
			StandardOutputURL: text(p.StandardOutputUrl),
			StandardErrorURL:  text(p.StandardErrorUrl),
			OutputS3:          OutputS3{text(p.OutputS3BucketName), text(p.OutputS3KeyPrefix), text(p.OutputS3Region)},
		})
	}
	return n
}

// The agent's limit in bytes for both streams together in ListCommandInvocations, and its two
// markers (amazon-ssm-agent iohandler.go, TruncateOutput). A truncated text is as long as the
// limit, less the bytes of a character that was split at either marker.
const (
	outputLimit  = 2500
	outputMarker = "\n---Output truncated---"
	errorMarker  = "\n---Error truncated----"
	markersSlack = 2 * runeSlack
)

// outputTruncated reports whether the output of an entry is truncated.
func outputTruncated(output string) bool {
	marked := strings.Contains(output, outputMarker) || strings.HasSuffix(output, errorMarker)
	return len(output) >= outputLimit || marked && len(output) >= outputLimit-markersSlack
}
