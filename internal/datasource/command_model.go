package datasource

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// commandModel is data "ssm_command" as Terraform has it.
type commandModel struct {
	commandValues

	InvokedAfter      types.String   `tfsdk:"invoked_after"`
	MostRecent        types.Bool     `tfsdk:"most_recent"`
	Region            types.String   `tfsdk:"region"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	VisibilityTimeout types.String   `tfsdk:"visibility_timeout"`
	RequireSuccess    types.Bool     `tfsdk:"require_success"`
	AllowMissing      types.Bool     `tfsdk:"allow_missing"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

// query is the model in the domain's words, with the defaults applied.
func (m *commandModel) query(started time.Time) (runcommand.CommandQuery, diag.Diagnostics) {
	timeout, visibility, diags := m.patience().times(m.VisibilityTimeout)
	return runcommand.CommandQuery{
		CommandID:    m.CommandID.ValueString(),
		Comment:      m.Comment.ValueString(),
		DocumentName: m.DocumentName.ValueString(),
		InvokedAfter: from(m.InvokedAfter),
		MostRecent:   m.MostRecent.ValueBool(),
		NoWait:       isFalse(m.WaitForCompletion),
		Visibility:   visibility,
		Started:      started,
		Timeout:      timeout,
	}, diags
}

// patience is how long the read may take.
func (m *commandModel) patience() Patience { return Patience{Word: "read", Block: m.Timeouts.Object} }

// asked names the read for messages.
func (m *commandModel) asked(region string) asked {
	a := asked{of: aCommand, region: region, attribute: "command_id", subject: "command " + m.CommandID.ValueString()}
	if m.CommandID.IsNull() {
		a.attribute = "comment"
		a.subject = fmt.Sprintf("the command with comment %q%s", m.Comment.ValueString(), narrowed(
			argument{"document_name", m.DocumentName}, argument{"invoked_after", m.InvokedAfter}))
	}
	return a
}

// set takes the values of a command; the arguments stay as they were given.
func (m *commandModel) set(values commandValues, region string) {
	values.CommandID = given(m.CommandID, values.CommandID)
	values.Comment = given(m.Comment, values.Comment)
	values.DocumentName = given(m.DocumentName, values.DocumentName)
	m.commandValues = values
	m.Region = given(m.Region, text(region))
}

// commandValues are what the service says of a command. The zero value is null in
// everything, which is what a command that is gone has.
type commandValues struct {
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

// newCommandValues maps a command, for the singular and the plural alike.
func newCommandValues(c runcommand.Command) commandValues {
	values := commandValues{
		CommandID:              text(c.CommandID),
		Comment:                text(c.Comment),
		DocumentName:           text(c.DocumentName),
		DocumentVersion:        text(c.DocumentVersion),
		ExpiresAfter:           timestamp(c.ExpiresAfter),
		RequestedDateTime:      timestamp(c.RequestedDateTime),
		InstanceIDs:            texts(ordered(c.InstanceIDs)),
		Targets:                each(c.Targets, func(t runcommand.Target) targetModel { return targetModel{text(t.Key), texts(t.Values)} }),
		Parameters:             c.Parameters,
		Status:                 text(c.Status),
		StatusDetails:          text(c.StatusDetails),
		TargetCount:            types.Int32Value(c.TargetCount),
		CompletedCount:         types.Int32Value(c.CompletedCount),
		ErrorCount:             types.Int32Value(c.ErrorCount),
		DeliveryTimedOutCount:  types.Int32Value(c.DeliveryTimedOutCount),
		MaxConcurrency:         text(c.MaxConcurrency),
		MaxErrors:              text(c.MaxErrors),
		ServiceRoleARN:         text(c.ServiceRole),
		TimeoutSeconds:         types.Int32PointerValue(c.TimeoutSeconds),
		NotificationConfig:     notificationConfig(c.Notification),
		CloudWatchOutputConfig: cloudWatchOutputConfig(c.CloudWatchOutput),
		TriggeredAlarms: each(c.TriggeredAlarms, func(a runcommand.TriggeredAlarm) triggeredAlarmModel {
			return triggeredAlarmModel{text(a.Name), text(a.State)}
		}),
		outputS3Values: outputS3(c.OutputS3),
	}
	if a := c.Alarms; a != nil {
		values.AlarmConfiguration = &alarmConfigurationModel{
			Alarms:            each(a.Names, func(name string) alarmModel { return alarmModel{text(name)} }),
			IgnorePollFailure: types.BoolValue(a.IgnorePollFailure),
		}
	}
	return values
}
