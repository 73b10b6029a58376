package datasource

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// invocationsModel is data "ssm_command_invocations" as Terraform has it.
type invocationsModel struct {
	CommandID         types.String   `tfsdk:"command_id"`
	InstanceID        types.String   `tfsdk:"instance_id"`
	Status            types.String   `tfsdk:"status"`
	DocumentName      types.String   `tfsdk:"document_name"`
	InvokedAfter      types.String   `tfsdk:"invoked_after"`
	InvokedBefore     types.String   `tfsdk:"invoked_before"`
	Region            types.String   `tfsdk:"region"`
	IncludePlugins    types.Bool     `tfsdk:"include_plugins"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	VisibilityTimeout types.String   `tfsdk:"visibility_timeout"`
	RequireSuccess    types.Bool     `tfsdk:"require_success"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`

	Invocations []invocationValues `tfsdk:"invocations"`
}

// query is the model in the domain's words, with the defaults applied.
func (m *invocationsModel) query(started time.Time) (runcommand.InvocationsQuery, diag.Diagnostics) {
	timeout, visibility, diags := m.patience().times(m.VisibilityTimeout)
	return runcommand.InvocationsQuery{
		CommandID:     m.CommandID.ValueString(),
		InstanceID:    m.InstanceID.ValueString(),
		Status:        m.Status.ValueString(),
		DocumentName:  m.DocumentName.ValueString(),
		InvokedAfter:  from(m.InvokedAfter),
		InvokedBefore: until(m.InvokedBefore),
		OmitSteps:     isFalse(m.IncludePlugins),
		NoWait:        isFalse(m.WaitForCompletion),
		Visibility:    visibility,
		Started:       started,
		Timeout:       timeout,
	}, diags
}

// patience is how long the read may take.
func (m *invocationsModel) patience() Patience {
	return Patience{Word: "read", Block: m.Timeouts.Object}
}

// asked names the read for messages.
func (m *invocationsModel) asked(region string) asked {
	a := asked{of: theInvocations, region: region, attribute: "command_id", node: m.InstanceID.ValueString()}
	switch {
	case m.CommandID.IsNull():
		a.subject = "the invocations" + narrowed(argument{"instance_id", m.InstanceID}, argument{"status", m.Status},
			argument{"document_name", m.DocumentName}, argument{"invoked_after", m.InvokedAfter}, argument{"invoked_before", m.InvokedBefore})
		a.narrower = "Narrow it by instance_id, status, document_name, invoked_after or invoked_before"
	case m.InstanceID.IsNull():
		a.subject = "the invocations of command " + m.CommandID.ValueString()
		a.narrower = "Read some of the nodes, each with instance_id"
	default:
		a.subject = fmt.Sprintf("command %s on node %s", m.CommandID.ValueString(), a.node)
	}
	if !isFalse(m.IncludePlugins) {
		a.narrower += ", or set include_plugins = false, which leaves out the steps and their output"
	}
	return a
}

// set takes the invocations; the arguments stay as they were given.
func (m *invocationsModel) set(rows []runcommand.NodeInvocation, region string) {
	m.Region = given(m.Region, text(region))
	m.Invocations = each(rows, newInvocationValues)
}

// invocationValues are a command on one node.
type invocationValues struct {
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
	CommandPlugins         []pluginValues               `tfsdk:"command_plugins"`
}

// pluginValues are one step of a command on one node.
type pluginValues struct {
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

func newInvocationValues(n runcommand.NodeInvocation) invocationValues {
	return invocationValues{
		CommandID:              text(n.CommandID),
		InstanceID:             text(n.InstanceID),
		InstanceName:           text(n.InstanceName),
		Comment:                text(n.Comment),
		DocumentName:           text(n.DocumentName),
		DocumentVersion:        text(n.DocumentVersion),
		RequestedDateTime:      timestamp(n.RequestedDateTime),
		Status:                 text(n.Status),
		StatusDetails:          text(n.StatusDetails),
		TraceOutput:            text(n.TraceOutput),
		StandardOutputURL:      text(n.StandardOutputURL),
		StandardErrorURL:       text(n.StandardErrorURL),
		ServiceRoleARN:         text(n.ServiceRole),
		NotificationConfig:     notificationConfig(n.Notification),
		CloudWatchOutputConfig: cloudWatchOutputConfig(n.CloudWatchOutput),
		CommandPlugins: each(n.Steps, func(s runcommand.StepResult) pluginValues {
			return newPluginValues(s, n.Ended())
		}),
	}
}

// newPluginValues maps a step. An empty output is only believed once the
// invocation has ended: the service writes "" for output that is still to come.
func newPluginValues(s runcommand.StepResult, ended bool) pluginValues {
	values := pluginValues{
		Name:                   text(s.Name),
		Status:                 text(s.Status),
		StatusDetails:          text(s.StatusDetails),
		ResponseCode:           types.Int32Value(s.ResponseCode),
		ResponseStartDateTime:  timestamp(s.Start),
		ResponseFinishDateTime: timestamp(s.Finish),
		StandardOutputURL:      text(s.StandardOutputURL),
		StandardErrorURL:       text(s.StandardErrorURL),
		outputS3Values:         outputS3(s.OutputS3),
	}
	if ended || s.Output != "" {
		values.Output, values.OutputTruncated = types.StringValue(s.Output), types.BoolValue(s.OutputTruncated)
	}
	return values
}
