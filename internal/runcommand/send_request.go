// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// SendRequest is a command to send. What is left out gets the service's default.
type SendRequest struct {
	// DocumentName is the document's name or ARN.
	DocumentName    string
	DocumentVersion string
	// DocumentHash is checked by the service. DocumentHashType is Sha256 or Sha1.
	DocumentHash, DocumentHashType string
	// InstanceIDs or Targets are the nodes, one or the other.
	InstanceIDs []string
	Targets     []Target
	// Parameters may contain secrets. None of their values is part of an error.
	Parameters map[string][]string
	Comment    string
	// UniqueComment says that the comment was made for this request, so that no other command has
	// it. A command with another comment can only be told from an equal one of another caller by the
	// time of the request.
	UniqueComment bool
	// TimeoutSeconds is how long the service tries to reach a node; 0 leaves it out.
	TimeoutSeconds            int32
	MaxConcurrency, MaxErrors string
	// OutputS3 is where the nodes write output. Its Region is not sent: the service ignores it.
	OutputS3 OutputS3
	// CloudWatchOutput sends output to CloudWatch Logs, also with an empty name of a log group.
	CloudWatchOutput *CloudWatchOutput
	// ServiceRole is the ARN of the role that publishes the notifications.
	ServiceRole  string
	Notification *Notification
	Alarms       *AlarmConfiguration

	// NodesReady is how long the service may reject the nodes as invalid, counted from the first
	// time: a node that is booting registers some time later.
	NodesReady time.Duration
	// Progress is called when something changed, by the goroutine of the caller. It must not block.
	// It may be nil.
	Progress func(Progress)
	// Started is when the operation began, the zero time for now. Timeout counts from it, and ends
	// the attempts to send.
	Started time.Time
	Timeout time.Duration
}

// input returns the input of SendCommand.
func (q *SendRequest) input() *ssm.SendCommandInput {
	in := &ssm.SendCommandInput{
		DocumentName:       aws.String(q.DocumentName),
		DocumentVersion:    optional(q.DocumentVersion),
		DocumentHash:       optional(q.DocumentHash),
		DocumentHashType:   types.DocumentHashType(q.DocumentHashType),
		InstanceIds:        q.InstanceIDs,
		Parameters:         q.Parameters,
		Comment:            optional(q.Comment),
		MaxConcurrency:     optional(q.MaxConcurrency),
		MaxErrors:          optional(q.MaxErrors),
		OutputS3BucketName: optional(q.OutputS3.BucketName),
		OutputS3KeyPrefix:  optional(q.OutputS3.KeyPrefix),
		ServiceRoleArn:     optional(q.ServiceRole),
	}
	if q.TimeoutSeconds > 0 {
		in.TimeoutSeconds = aws.Int32(q.TimeoutSeconds)
	}
	for _, t := range q.Targets {
		in.Targets = append(in.Targets, types.Target{Key: aws.String(t.Key), Values: t.Values})
	}
	if w := q.CloudWatchOutput; w != nil {
		in.CloudWatchOutputConfig = &types.CloudWatchOutputConfig{
			CloudWatchLogGroupName: optional(w.LogGroupName), CloudWatchOutputEnabled: true,
		}
	}
	if n := q.Notification; n != nil {
		in.NotificationConfig = &types.NotificationConfig{
			NotificationArn: optional(n.ARN), NotificationType: types.NotificationType(n.Type),
		}
		for _, event := range n.Events {
			in.NotificationConfig.NotificationEvents = append(in.NotificationConfig.NotificationEvents, types.NotificationEvent(event))
		}
	}
	if a := q.Alarms; a != nil {
		in.AlarmConfiguration = &types.AlarmConfiguration{IgnorePollAlarmFailure: a.IgnorePollFailure}
		for _, name := range a.Names {
			in.AlarmConfiguration.Alarms = append(in.AlarmConfiguration.Alarms, types.Alarm{Name: aws.String(name)})
		}
	}
	return in
}

// optional returns nil for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// namingCodes are the codes of errors whose messages name a resource and not a value of the
// request. The message of any other error can repeat the value that it rejects.
var namingCodes = []string{
	"InvalidInstanceId", "DuplicateInstanceId", "UnsupportedPlatformType", "MaxDocumentSizeExceeded",
	"InvalidRole", "InvalidNotificationConfig", "InvalidOutputFolder",
}

// response is the response to the request, without any value of a parameter.
func (q *SendRequest) response(f *awscall.CallError) Response {
	r := responseOf(f)
	if len(q.Parameters) == 0 || r.Message == "" {
		return r
	}
	message := r.Message
	if f.Kind == awscall.Rejected && !slices.Contains(namingCodes, f.Code) {
		message = ""
	}
	message = q.withoutValues(message)
	switch {
	case message == "" && r.Code == "":
		r.Cause = r.Operation + " returned an error without a code"
	case message == "":
		r.Cause = r.Operation + " returned " + r.Code
	default:
		r.Cause = strings.ReplaceAll(r.Cause, r.Message, message)
	}
	r.Message = message
	return r
}

// shortestValue is the shortest value that is removed from a text, in bytes. A shorter one, such as
// "1", is part of every other word.
const shortestValue = 4

// withoutValues removes the values of the parameters from a text, whole, by line, and in the form that
// they have in JSON.
func (q *SendRequest) withoutValues(text string) string {
	found := map[string]bool{}
	for _, values := range q.Parameters {
		for _, value := range values {
			for _, form := range append(strings.Split(value, "\n"), value, inJSON(value)) {
				if form = strings.TrimSpace(form); len(form) >= shortestValue {
					found[form] = true
				}
			}
		}
	}
	forms := slices.SortedFunc(maps.Keys(found), func(a, b string) int { return len(b) - len(a) })
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, "(parameter value)")
	}
	return text
}

// inJSON is a text as it is between the quotes of a JSON string.
func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(quoted[1 : len(quoted)-1])
}
