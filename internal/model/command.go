// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// CommandAttributes are the attributes of a command: of data "ssm_command" and of each element of
// data "ssm_commands".
func CommandAttributes() map[string]schema.Attribute {
	return outputS3Attributes(map[string]schema.Attribute{
		"command_id":          framework.ComputedString(framework.CommandIDText),
		"comment":             CommentAttribute,
		"document_name":       DocumentNameAttribute,
		"document_version":    documentVersionAttribute,
		"expires_after":       framework.ComputedString("The time when the command expires, in RFC 3339: the request time plus the delivery timeout and the execution timeout."),
		"requested_date_time": framework.ComputedString("When the command was sent, in RFC 3339."),
		"instance_ids": framework.ComputedStrings("The node IDs in the request's `InstanceIds`, sorted. Empty if the command was sent to `targets`, even if these are node IDs: " +
			"to list the nodes of any command, read `ssm_command_invocations` with `include_plugins = false`."),
		"targets": framework.ComputedObjects("The tags, resource groups, or nodes that the command was sent to.", map[string]schema.Attribute{
			"key":    framework.ComputedString("What the target matches, such as `tag:Role`, `resource-groups:Name`, or `InstanceIds`."),
			"values": framework.ComputedStrings("The values that match."),
		}),
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
		"notification_config":      notificationConfigAttribute,
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute,
		"alarm_configuration":      alarmConfigurationAttribute,
		"triggered_alarms": framework.ComputedObjects("The alarms that stopped the command.", map[string]schema.Attribute{
			"name":  framework.ComputedString("The alarm's name."),
			"state": framework.ComputedString("The state of the alarm, `ALARM` or `UNKNOWN`."),
		}),
	})
}

// alarmConfigurationAttribute has the alarms that can stop a command.
var alarmConfigurationAttribute = schema.SingleNestedAttribute{
	Computed:            true,
	MarkdownDescription: "The CloudWatch alarms that stop the command. Null if the command was sent without alarms.",
	Attributes: map[string]schema.Attribute{
		"alarms":                    framework.ComputedObjects("The alarms.", map[string]schema.Attribute{"name": framework.ComputedString("The alarm's name.")}),
		"ignore_poll_alarm_failure": framework.ComputedBool("Whether the command continues if Systems Manager cannot read the state of an alarm."),
	},
}

// CommandValues are the values of a command. The zero value is null in everything, which is what a
// command that no longer exists has.
type CommandValues struct {
	CommandID              types.String                 `tfsdk:"command_id"`
	Comment                types.String                 `tfsdk:"comment"`
	DocumentName           types.String                 `tfsdk:"document_name"`
	DocumentVersion        types.String                 `tfsdk:"document_version"`
	ExpiresAfter           types.String                 `tfsdk:"expires_after"`
	RequestedDateTime      types.String                 `tfsdk:"requested_date_time"`
	InstanceIDs            []types.String               `tfsdk:"instance_ids"`
	Targets                []targetModel                `tfsdk:"targets"`
	Parameters             map[string][]string          `tfsdk:"parameters"`
	Status                 types.String                 `tfsdk:"status"`
	StatusDetails          types.String                 `tfsdk:"status_details"`
	TargetCount            types.Int32                  `tfsdk:"target_count"`
	CompletedCount         types.Int32                  `tfsdk:"completed_count"`
	ErrorCount             types.Int32                  `tfsdk:"error_count"`
	DeliveryTimedOutCount  types.Int32                  `tfsdk:"delivery_timed_out_count"`
	MaxConcurrency         types.String                 `tfsdk:"max_concurrency"`
	MaxErrors              types.String                 `tfsdk:"max_errors"`
	ServiceRoleARN         types.String                 `tfsdk:"service_role_arn"`
	TimeoutSeconds         types.Int32                  `tfsdk:"timeout_seconds"`
	NotificationConfig     *notificationConfigModel     `tfsdk:"notification_config"`
	CloudWatchOutputConfig *cloudWatchOutputConfigModel `tfsdk:"cloudwatch_output_config"`
	AlarmConfiguration     *alarmConfigurationModel     `tfsdk:"alarm_configuration"`
	TriggeredAlarms        []triggeredAlarmModel        `tfsdk:"triggered_alarms"`
	outputS3Values
}

type targetModel struct {
	Key    types.String   `tfsdk:"key"`
	Values []types.String `tfsdk:"values"`
}

type alarmConfigurationModel struct {
	Alarms            []alarmModel `tfsdk:"alarms"`
	IgnorePollFailure types.Bool   `tfsdk:"ignore_poll_alarm_failure"`
}

type alarmModel struct {
	Name types.String `tfsdk:"name"`
}

type triggeredAlarmModel struct {
	Name  types.String `tfsdk:"name"`
	State types.String `tfsdk:"state"`
}

// NewCommandValues maps a command.
func NewCommandValues(c runcommand.Command) CommandValues {
	values := CommandValues{
		CommandID:         framework.StringOrNull(c.CommandID),
		Comment:           framework.StringOrNull(c.Comment),
		DocumentName:      framework.StringOrNull(c.DocumentName),
		DocumentVersion:   framework.StringOrNull(c.DocumentVersion),
		ExpiresAfter:      framework.TimeOrNull(c.ExpiresAfter),
		RequestedDateTime: framework.TimeOrNull(c.RequestedDateTime),
		InstanceIDs:       framework.StringValues(framework.Sorted(c.InstanceIDs)),
		Targets: framework.MapSlice(c.Targets, func(t runcommand.Target) targetModel {
			return targetModel{framework.StringOrNull(t.Key), framework.StringValues(t.Values)}
		}),
		Parameters:             c.Parameters,
		Status:                 framework.StringOrNull(c.Status),
		StatusDetails:          framework.StringOrNull(c.StatusDetails),
		TargetCount:            types.Int32PointerValue(c.TargetCount),
		CompletedCount:         types.Int32PointerValue(c.CompletedCount),
		ErrorCount:             types.Int32PointerValue(c.ErrorCount),
		DeliveryTimedOutCount:  types.Int32PointerValue(c.DeliveryTimedOutCount),
		MaxConcurrency:         framework.StringOrNull(c.MaxConcurrency),
		MaxErrors:              framework.StringOrNull(c.MaxErrors),
		ServiceRoleARN:         framework.StringOrNull(c.ServiceRole),
		TimeoutSeconds:         types.Int32PointerValue(c.TimeoutSeconds),
		NotificationConfig:     notificationConfig(c.Notification),
		CloudWatchOutputConfig: cloudWatchOutputConfig(c.CloudWatchOutput),
		TriggeredAlarms: framework.MapSlice(c.TriggeredAlarms, func(a runcommand.TriggeredAlarm) triggeredAlarmModel {
			return triggeredAlarmModel{framework.StringOrNull(a.Name), framework.StringOrNull(a.State)}
		}),
		outputS3Values: outputS3(c.OutputS3),
	}
	if a := c.Alarms; a != nil {
		values.AlarmConfiguration = &alarmConfigurationModel{
			Alarms:            framework.MapSlice(a.Names, func(name string) alarmModel { return alarmModel{framework.StringOrNull(name)} }),
			IgnorePollFailure: types.BoolValue(a.IgnorePollFailure),
		}
	}
	return values
}
