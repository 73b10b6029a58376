// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// NodeInvocationAttributes are the attributes of a command on one node.
func NodeInvocationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"command_id":               framework.ComputedString(framework.CommandIDText),
		"instance_id":              framework.ComputedString(framework.InstanceIDText),
		"instance_name":            framework.ComputedString("The node's host name, if the agent reported one."),
		"comment":                  CommentAttribute,
		"document_name":            DocumentNameAttribute,
		"document_version":         documentVersionAttribute,
		"requested_date_time":      framework.ComputedString("When Systems Manager created this invocation of the command, in RFC 3339."),
		"status":                   framework.ComputedString("The status of the invocation on this node: " + statusesText),
		"status_details":           framework.ComputedString(statusDetailsText),
		"trace_output":             framework.ComputedString("The trace output of the invocation."),
		"standard_output_url":      framework.ComputedString(stdoutURLText + " Only if the document has a single step."),
		"standard_error_url":       framework.ComputedString(stderrURLText + " Only if the document has a single step."),
		"service_role_arn":         serviceRoleAttribute,
		"notification_config":      notificationConfigAttribute,
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute,
		"command_plugins":          framework.ComputedObjects("The steps in the document's order. Empty with `include_plugins = false`.", stepAttributes()),
	}
}

// stepAttributes are the attributes of one step of a command on one node.
func stepAttributes() map[string]schema.Attribute {
	return outputS3Attributes(map[string]schema.Attribute{
		"name":                      framework.ComputedString("The step's name. A document with schema version 1.2 has one step, named after its plugin, such as `aws:runShellScript`."),
		"status":                    framework.ComputedString("The status of the step: `Pending`, `InProgress`, or a terminal status: `Success`, `Failed`, `TimedOut`, or `Cancelled`."),
		"status_details":            framework.ComputedString(statusDetailsText),
		"response_code":             framework.ComputedNumber(responseCodeText),
		"response_start_date_time":  framework.ComputedString("When the step started, by the node's clock, in RFC 3339. Null until the step is complete."),
		"response_finish_date_time": framework.ComputedString("When the step was complete, by the node's clock, in RFC 3339. Null until then."),
		"output": framework.ComputedString("The step's standard output and, after a line `----------ERROR-------`, its standard error, 2,500 characters in all. " +
			"Null until the invocation is complete or reports output. `\"\"` if the invocation is complete without output. Stored in state. " +
			"`ssm_command_invocation` returns up to 24,000 characters of standard output and 8,000 of standard error, as separate attributes."),
		"output_truncated":    framework.ComputedBool("Whether `output` is truncated. Null if `output` is null."),
		"standard_output_url": framework.ComputedString(stdoutURLText),
		"standard_error_url":  framework.ComputedString(stderrURLText),
	})
}

// NodeInvocationValues are the values of a command on one node.
type NodeInvocationValues struct {
	CommandID              types.String                 `tfsdk:"command_id"`
	InstanceID             types.String                 `tfsdk:"instance_id"`
	InstanceName           types.String                 `tfsdk:"instance_name"`
	Comment                types.String                 `tfsdk:"comment"`
	DocumentName           types.String                 `tfsdk:"document_name"`
	DocumentVersion        types.String                 `tfsdk:"document_version"`
	RequestedDateTime      types.String                 `tfsdk:"requested_date_time"`
	Status                 types.String                 `tfsdk:"status"`
	StatusDetails          types.String                 `tfsdk:"status_details"`
	TraceOutput            types.String                 `tfsdk:"trace_output"`
	StandardOutputURL      types.String                 `tfsdk:"standard_output_url"`
	StandardErrorURL       types.String                 `tfsdk:"standard_error_url"`
	ServiceRoleARN         types.String                 `tfsdk:"service_role_arn"`
	NotificationConfig     *notificationConfigModel     `tfsdk:"notification_config"`
	CloudWatchOutputConfig *cloudWatchOutputConfigModel `tfsdk:"cloudwatch_output_config"`
	CommandPlugins         []stepValues                 `tfsdk:"command_plugins"`
}

// stepValues are the values of one step of a command on one node.
type stepValues struct {
	Name                   types.String `tfsdk:"name"`
	Status                 types.String `tfsdk:"status"`
	StatusDetails          types.String `tfsdk:"status_details"`
	ResponseCode           types.Int32  `tfsdk:"response_code"`
	ResponseStartDateTime  types.String `tfsdk:"response_start_date_time"`
	ResponseFinishDateTime types.String `tfsdk:"response_finish_date_time"`
	Output                 types.String `tfsdk:"output"`
	OutputTruncated        types.Bool   `tfsdk:"output_truncated"`
	StandardOutputURL      types.String `tfsdk:"standard_output_url"`
	StandardErrorURL       types.String `tfsdk:"standard_error_url"`
	outputS3Values
}

// NewNodeInvocationValues maps an entry of ListCommandInvocations.
func NewNodeInvocationValues(n runcommand.NodeInvocation) NodeInvocationValues {
	return NodeInvocationValues{
		CommandID:              framework.StringOrNull(n.CommandID),
		InstanceID:             framework.StringOrNull(n.InstanceID),
		InstanceName:           framework.StringOrNull(n.InstanceName),
		Comment:                framework.StringOrNull(n.Comment),
		DocumentName:           framework.StringOrNull(n.DocumentName),
		DocumentVersion:        framework.StringOrNull(n.DocumentVersion),
		RequestedDateTime:      framework.TimeOrNull(n.RequestedDateTime),
		Status:                 framework.StringOrNull(n.Status),
		StatusDetails:          framework.StringOrNull(n.StatusDetails),
		TraceOutput:            framework.StringOrNull(n.TraceOutput),
		StandardOutputURL:      framework.StringOrNull(n.StandardOutputURL),
		StandardErrorURL:       framework.StringOrNull(n.StandardErrorURL),
		ServiceRoleARN:         framework.StringOrNull(n.ServiceRole),
		NotificationConfig:     notificationConfig(n.Notification),
		CloudWatchOutputConfig: cloudWatchOutputConfig(n.CloudWatchOutput),
		CommandPlugins: framework.MapSlice(n.Steps, func(s runcommand.Step) stepValues {
			return newStepValues(s, n.Complete())
		}),
	}
}

// newStepValues maps a step. An empty output is believed only once the invocation is complete: the
// service returns "" for output that is still to come.
func newStepValues(s runcommand.Step, ended bool) stepValues {
	values := stepValues{
		Name:                   framework.StringOrNull(s.Name),
		Status:                 framework.StringOrNull(s.Status),
		StatusDetails:          framework.StringOrNull(s.StatusDetails),
		ResponseCode:           types.Int32PointerValue(s.ResponseCode),
		ResponseStartDateTime:  framework.TimeOrNull(s.Start),
		ResponseFinishDateTime: framework.TimeOrNull(s.Finish),
		StandardOutputURL:      framework.StringOrNull(s.StandardOutputURL),
		StandardErrorURL:       framework.StringOrNull(s.StandardErrorURL),
		outputS3Values:         outputS3(s.OutputS3),
	}
	if ended || s.Output != "" {
		values.Output, values.OutputTruncated = types.StringValue(s.Output), types.BoolValue(s.OutputTruncated)
	}
	return values
}
