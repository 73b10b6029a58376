// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// This file has the attributes that commands and invocations share, and their mapping.

const (
	stdoutURLText = "The URL of the complete standard output in S3, if the command was sent with a bucket. " +
		"The URL is set even if the stream is empty. In that case, no object exists."
	stderrURLText = "The URL of the complete standard error in S3, if the command was sent with a bucket. " +
		"The URL is set even if the stream is empty. In that case, no object exists."
	// No recorded response has Delayed or Cancelling as a status: assumption 7.
	statusesText = "`Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`. " +
		"While the node does not respond, the status is `Pending` and `status_details` is `Delayed`. " +
		"The API also defines the statuses `Delayed` and `Cancelling`; the provider treats both as not complete."
	statusDetailsText = "The status in more detail, such as `ExecutionTimedOut`, `DeliveryTimedOut`, `Terminated`, or `Undeliverable`. " +
		"Systems Manager may add values."
	responseCodeText = "The step's exit code. `-1` until the step is complete, and if the step never ran."
)

// Attributes of the command that every response contains.
var (
	CommentAttribute         = framework.ComputedString("The comment that the command was sent with.")
	DocumentNameAttribute    = framework.ComputedString("The name of the document.")
	documentVersionAttribute = framework.ComputedString("The document version that the request named, such as `$DEFAULT`.")
	serviceRoleAttribute     = framework.ComputedString("The IAM role that Systems Manager uses to send notifications.")
)

// cloudWatchOutputConfigObject is the log group in CloudWatch Logs that receives the output.
var cloudWatchOutputConfigObject = framework.NewObject(map[string]schema.Attribute{
	"cloudwatch_log_group_name": framework.ComputedString("The log group that receives the output. Defaults to `/aws/ssm/` and the name of the SSM document."),
	"cloudwatch_output_enabled": framework.ComputedBool("Always `true`. If output is not sent, the object is null."),
})

func cloudWatchOutputConfigAttribute() schema.SingleNestedAttribute {
	return cloudWatchOutputConfigObject.ComputedObject("The CloudWatch Logs configuration of the command. Null if the command does not send its output there.")
}

func cloudWatchOutputConfig(c *runcommand.CloudWatchOutput) tftypes.Value {
	if c == nil {
		return cloudWatchOutputConfigObject.Null()
	}
	enabled := true
	return cloudWatchOutputConfigObject.Value(map[string]tftypes.Value{
		"cloudwatch_log_group_name": framework.String(c.LogGroupName),
		"cloudwatch_output_enabled": framework.Bool(&enabled),
	})
}

// notificationConfigObject is the configuration of Amazon SNS notifications about a command.
var notificationConfigObject = framework.NewObject(map[string]schema.Attribute{
	"notification_arn":    framework.ComputedString("The SNS topic's ARN."),
	"notification_events": framework.ComputedStrings("The statuses that cause a notification, such as `Success` or `All`."),
	"notification_type":   framework.ComputedString("`Command` for one notification about the whole command, `Invocation` for one per node."),
})

func notificationConfigAttribute() schema.SingleNestedAttribute {
	return notificationConfigObject.ComputedObject("The Amazon SNS notifications of the command. Null if the command was sent without notifications.")
}

func notificationConfig(n *runcommand.Notification) tftypes.Value {
	if n == nil {
		return notificationConfigObject.Null()
	}
	return notificationConfigObject.Value(map[string]tftypes.Value{
		"notification_arn":    framework.String(n.ARN),
		"notification_events": framework.Strings(n.Events),
		"notification_type":   framework.String(n.Type),
	})
}

// outputS3Attributes adds the attributes for the location of the output in S3, and returns the map.
func outputS3Attributes(to map[string]schema.Attribute) map[string]schema.Attribute {
	to["output_s3_bucket_name"] = framework.ComputedString("The S3 bucket that receives the output.")
	to["output_s3_key_prefix"] = framework.ComputedString("The key prefix in that bucket.")
	to["output_s3_region"] = framework.ComputedString("The Region of that bucket, as Systems Manager reports it.")
	return to
}
