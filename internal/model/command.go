// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// CommandObject is a command: the attributes of data "ssm_command" and of each element of data
// "ssm_commands".
var CommandObject = framework.NewObject(outputS3Attributes(map[string]schema.Attribute{
	"command_id":          framework.ComputedString(framework.CommandIDText),
	"comment":             CommentAttribute,
	"document_name":       DocumentNameAttribute,
	"document_version":    documentVersionAttribute,
	"expires_after":       framework.ComputedString("The time when the command expires, in RFC 3339: the request time plus the delivery timeout and the execution timeout."),
	"requested_date_time": framework.ComputedString("When the command was sent, in RFC 3339."),
	"instance_ids": framework.ComputedStrings("The node IDs in the request's `InstanceIds`, sorted. Empty if the command was sent to `targets`, even if these are node IDs: " +
		"to list the nodes of any command, read `ssm_command_invocations` with `include_plugins = false`."),
	"targets": targetObject.ComputedObjects("The tags, resource groups, or nodes that the command was sent to."),
	"parameters": schema.MapAttribute{
		Computed:            true,
		Sensitive:           true,
		ElementType:         types.ListType{ElemType: types.StringType},
		MarkdownDescription: "The parameters of the document. Systems Manager returns them in clear text, secrets included, and Terraform stores them in state.",
	},
	"status": framework.ComputedString("The status of the command across its nodes: `Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`. " +
		"The API also defines the status `Cancelling`; the provider treats it as not complete. " +
		"`Success` does not mean that every node succeeded: see `require_success` of `ssm_command`."),
	"status_details": framework.ComputedString("The status in more detail, such as `NoInstancesInTag`, `DeliveryTimedOut`, `FailedDueToAlarm`, or `Incomplete`. " +
		"Systems Manager may add values."),
	"target_count":    framework.ComputedNumber("Number of nodes that the command was sent to. `0` until Systems Manager has resolved tags and groups to nodes."),
	"completed_count": framework.ComputedNumber("Number of nodes on which the command is complete, with any terminal status."),
	"error_count": framework.ComputedNumber("Number of nodes on which the command failed or exceeded the execution timeout. " +
		"Nodes with the details `Undeliverable`, `InvalidPlatform`, `AccessDenied`, or `Terminated` are not counted."),
	"delivery_timed_out_count": framework.ComputedNumber("Number of nodes that reported no terminal status before the command expired."),
	"max_concurrency":          framework.ComputedString("Maximum number or percentage of nodes that run the command at the same time."),
	"max_errors":               framework.ComputedString("Maximum number or percentage of nodes that can fail before Systems Manager stops sending the command."),
	"service_role_arn":         serviceRoleAttribute,
	"timeout_seconds":          framework.ComputedNumber("The delivery timeout in seconds."),
	"notification_config":      notificationConfigAttribute(),
	"cloudwatch_output_config": cloudWatchOutputConfigAttribute(),
	"alarm_configuration":      alarmConfigurationObject.ComputedObject("The CloudWatch alarms that stop the command. Null if the command was sent without alarms."),
	"triggered_alarms":         triggeredAlarmObject.ComputedObjects("The alarms that stopped the command."),
}))

// targetObject is a target of a command.
var targetObject = framework.NewObject(map[string]schema.Attribute{
	"key":    framework.ComputedString("What the target matches, such as `tag:Role`, `resource-groups:Name`, or `InstanceIds`."),
	"values": framework.ComputedStrings("The values that match."),
})

// alarmConfigurationObject has the alarms that can stop a command.
var alarmConfigurationObject = framework.NewObject(map[string]schema.Attribute{
	"alarms":                    alarmObject.ComputedObjects("The alarms."),
	"ignore_poll_alarm_failure": framework.ComputedBool("Whether the command continues if Systems Manager cannot read the state of an alarm."),
})

var alarmObject = framework.NewObject(map[string]schema.Attribute{"name": framework.ComputedString("The alarm's name.")})

// triggeredAlarmObject is an alarm that stopped a command.
var triggeredAlarmObject = framework.NewObject(map[string]schema.Attribute{
	"name":  framework.ComputedString("The alarm's name."),
	"state": framework.ComputedString("The state of the alarm, `ALARM` or `UNKNOWN`."),
})

// CommandValue maps a command to an element of data "ssm_commands".
func CommandValue(c *runcommand.Command) tftypes.Value { return CommandObject.Value(CommandValues(c)) }

// CommandValues maps a command to the attributes of data "ssm_command", except region.
func CommandValues(c *runcommand.Command) map[string]tftypes.Value {
	return map[string]tftypes.Value{
		"command_id":               framework.String(c.CommandID),
		"comment":                  framework.String(c.Comment),
		"document_name":            framework.String(c.DocumentName),
		"document_version":         framework.String(c.DocumentVersion),
		"expires_after":            framework.Time(c.ExpiresAfter),
		"requested_date_time":      framework.Time(c.RequestedDateTime),
		"status":                   framework.String(c.Status),
		"status_details":           framework.String(c.StatusDetails),
		"target_count":             framework.Number(c.TargetCount),
		"completed_count":          framework.Number(c.CompletedCount),
		"error_count":              framework.Number(c.ErrorCount),
		"delivery_timed_out_count": framework.Number(c.DeliveryTimedOutCount),
		"max_concurrency":          framework.String(c.MaxConcurrency),
		"max_errors":               framework.String(c.MaxErrors),
		"service_role_arn":         framework.String(c.ServiceRole),
		"timeout_seconds":          framework.Number(c.TimeoutSeconds),
		"notification_config":      notificationConfig(c.Notification),
		"cloudwatch_output_config": cloudWatchOutputConfig(c.CloudWatchOutput),
		"instance_ids":             framework.Strings(framework.Sorted(c.InstanceIDs)),
		"targets": framework.Objects(targetObject, c.Targets, func(t *runcommand.Target) tftypes.Value {
			return targetObject.Value(map[string]tftypes.Value{"key": framework.String(t.Key), "values": framework.Strings(t.Values)})
		}),
		"parameters":          framework.Map(tftypes.List{ElementType: tftypes.String}, c.Parameters, framework.Strings),
		"alarm_configuration": alarmConfiguration(c.Alarms),
		"triggered_alarms": framework.Objects(triggeredAlarmObject, c.TriggeredAlarms, func(a *runcommand.TriggeredAlarm) tftypes.Value {
			return triggeredAlarmObject.Value(map[string]tftypes.Value{"name": framework.String(a.Name), "state": framework.String(a.State)})
		}),
		"output_s3_bucket_name": framework.String(c.OutputS3.BucketName),
		"output_s3_key_prefix":  framework.String(c.OutputS3.KeyPrefix),
		"output_s3_region":      framework.String(c.OutputS3.Region),
	}
}

func alarmConfiguration(a *runcommand.AlarmConfiguration) tftypes.Value {
	if a == nil {
		return alarmConfigurationObject.Null()
	}
	return alarmConfigurationObject.Value(map[string]tftypes.Value{
		"alarms": framework.Objects(alarmObject, a.Names, func(name *string) tftypes.Value {
			return alarmObject.Value(map[string]tftypes.Value{"name": framework.String(*name)})
		}),
		"ignore_poll_alarm_failure": framework.Bool(&a.IgnorePollFailure),
	})
}
