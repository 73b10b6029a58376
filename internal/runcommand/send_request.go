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

// SendRequest is a command to send. The service has a default for each omitted member.
type SendRequest struct {
	// DocumentName is the document's name or ARN.
	DocumentName    string
	DocumentVersion string
	// DocumentHash is checked by the service. DocumentHashType is Sha256 or Sha1.
	DocumentHash, DocumentHashType string
	// Either InstanceIDs or Targets select the nodes.
	InstanceIDs []string
	Targets     []Target
	// Parameters may contain secrets. No error contains their values.
	Parameters map[string][]string
	Comment    string
	// UniqueComment is set if the comment was generated for this request, so that no other command
	// has it. Without a unique comment, only the time distinguishes the command from an equal command
	// of another caller.
	UniqueComment bool
	// TimeoutSeconds is the delivery timeout; 0 omits it.
	TimeoutSeconds            int32
	MaxConcurrency, MaxErrors string
	// OutputS3 is the bucket for output. Its Region is not sent, because the service ignores it.
	OutputS3 OutputS3
	// CloudWatchOutput enables output to CloudWatch Logs if it is not nil, also without a log group.
	CloudWatchOutput *CloudWatchOutput
	// ServiceRole is the ARN of the role that publishes the notifications.
	ServiceRole  string
	Notification *Notification
	Alarms       *AlarmConfiguration

	// NodesReady is how long to retry after the service first rejects the nodes as invalid, because
	// a node that is booting registers later.
	NodesReady time.Duration
	// Progress is called by the goroutine of the caller when the progress changes. It must not
	// block, and may be nil.
	Progress func(Progress)
	// Started is when the operation began; the zero time means now. Timeout counts from Started, and
	// no request is sent after it.
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

// namingCodes are the codes of errors whose messages name a resource, and never a parameter value.
// Other messages can repeat the rejected value.
var namingCodes = []string{
	"InvalidInstanceId", "DuplicateInstanceId", "UnsupportedPlatformType", "MaxDocumentSizeExceeded",
	"InvalidRole", "InvalidNotificationConfig", "InvalidOutputFolder",
}

// response returns the response that an error has, without parameter values.
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

// shortestValue is the minimum length in bytes of a value that withoutValues removes. A shorter
// value, such as "1", occurs in many other words.
const shortestValue = 4

// withoutValues replaces each parameter value in a text, each line of a value, and a value's form
// in JSON.
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

// inJSON returns a text as it appears between the quotes of a JSON string.
func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(quoted[1 : len(quoted)-1])
}
