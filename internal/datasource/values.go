package datasource

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// The mapping of what several answers have. Lists are Go slices, whose nil is null
// and whose emptiness is an empty list.

// text maps a string of the service: it writes "" for nothing, which is null.
func text(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// given returns an argument as it was given, or the value that was found where it
// was left out.
func given(argument, found types.String) types.String {
	if argument.IsNull() {
		return found
	}
	return argument
}

// texts maps a list of strings, which is empty where the service has none.
func texts(list []string) []types.String { return each(list, types.StringValue) }

// timestamp maps a time of the list operations, which have milliseconds.
func timestamp(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// each maps a list; the result is never nil, so that nothing is [] and not null.
func each[A, B any](list []A, one func(A) B) []B {
	mapped := make([]B, 0, len(list))
	for _, a := range list {
		mapped = append(mapped, one(a))
	}
	return mapped
}

// ordered returns ids in an order of their own: the service gives them in another
// than they were sent in (as recorded), and nothing says that it is always the same.
func ordered(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// cloudWatchOutputConfigModel is where the output is sent in CloudWatch Logs.
type cloudWatchOutputConfigModel struct {
	LogGroupName  types.String `tfsdk:"cloudwatch_log_group_name"`
	OutputEnabled types.Bool   `tfsdk:"cloudwatch_output_enabled"`
}

func cloudWatchOutputConfig(c *runcommand.CloudWatchOutput) *cloudWatchOutputConfigModel {
	if c == nil {
		return nil
	}
	return &cloudWatchOutputConfigModel{LogGroupName: text(c.LogGroupName), OutputEnabled: types.BoolValue(true)}
}

// notificationConfigModel is whom the service tells of a command's progress.
type notificationConfigModel struct {
	ARN    types.String   `tfsdk:"notification_arn"`
	Events []types.String `tfsdk:"notification_events"`
	Type   types.String   `tfsdk:"notification_type"`
}

func notificationConfig(n *runcommand.Notification) *notificationConfigModel {
	if n == nil {
		return nil
	}
	return &notificationConfigModel{ARN: text(n.ARN), Events: texts(n.Events), Type: text(n.Type)}
}

// outputS3Values is where in S3 a command or a step writes its output.
type outputS3Values struct {
	OutputS3BucketName types.String `tfsdk:"output_s3_bucket_name"`
	OutputS3KeyPrefix  types.String `tfsdk:"output_s3_key_prefix"`
	OutputS3Region     types.String `tfsdk:"output_s3_region"`
}

func outputS3(o runcommand.OutputS3) outputS3Values {
	return outputS3Values{
		OutputS3BucketName: text(o.BucketName),
		OutputS3KeyPrefix:  text(o.KeyPrefix),
		OutputS3Region:     text(o.Region),
	}
}
