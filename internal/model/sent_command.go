// SPDX-License-Identifier: MPL-2.0

package model

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// SentCommand has the arguments and attributes of resource "ssm_command", without the timeouts
// block.
type SentCommand struct {
	SendArguments

	Triggers        types.Map  `tfsdk:"triggers"`
	StoreOutput     types.Bool `tfsdk:"store_output"`
	CancelOnDestroy types.Bool `tfsdk:"cancel_on_destroy"`

	CommandID             types.String `tfsdk:"command_id"`
	RequestedDateTime     types.String `tfsdk:"requested_date_time"`
	ExpiresAfter          types.String `tfsdk:"expires_after"`
	Status                types.String `tfsdk:"status"`
	StatusDetails         types.String `tfsdk:"status_details"`
	TargetCount           types.Int32  `tfsdk:"target_count"`
	CompletedCount        types.Int32  `tfsdk:"completed_count"`
	ErrorCount            types.Int32  `tfsdk:"error_count"`
	DeliveryTimedOutCount types.Int32  `tfsdk:"delivery_timed_out_count"`
	Invocations           types.Map    `tfsdk:"invocations"`
}

// StoresOutput reports whether to store the output, by store_output.
func (m *SentCommand) StoresOutput() bool { return !framework.IsFalse(m.StoreOutput) }

// Complete reports whether the stored status is terminal.
func (m *SentCommand) Complete() bool {
	return (&runcommand.Command{Status: m.Status.ValueString()}).Complete()
}

// SetSent sets the attributes of a command that was sent: the computed arguments that are omitted,
// and the members of the response. Omitted parameters become null, because the service also returns
// the write-only ones.
func (m *SentCommand) SetSent(q runcommand.SendRequest, c runcommand.Command, region string) {
	m.ParametersWO = types.MapNull(parametersType)
	if m.Parameters.IsUnknown() {
		m.Parameters = types.MapNull(parametersType)
	}
	for _, argument := range []struct {
		at    *types.String
		value string
	}{
		{&m.DocumentVersion, c.DocumentVersion}, {&m.Comment, q.Comment}, {&m.Region, region},
		{&m.MaxConcurrency, c.MaxConcurrency}, {&m.MaxErrors, c.MaxErrors},
	} {
		if argument.at.IsUnknown() {
			*argument.at = framework.StringOrNull(argument.value)
		}
	}
	if m.TimeoutSeconds.IsUnknown() {
		m.TimeoutSeconds = types.Int32PointerValue(c.TimeoutSeconds)
	}
	m.setCommand(c)
	m.Invocations = m.invocationsOf(nil, false)
}

// setCommand sets the attributes that ListCommands returns.
func (m *SentCommand) setCommand(c runcommand.Command) {
	m.CommandID = framework.StringOrNull(c.CommandID)
	m.RequestedDateTime = framework.TimeOrNull(c.RequestedDateTime)
	m.ExpiresAfter = framework.TimeOrNull(c.ExpiresAfter)
	m.Status = framework.StringOrNull(c.Status)
	m.StatusDetails = framework.StringOrNull(c.StatusDetails)
	m.TargetCount = types.Int32PointerValue(c.TargetCount)
	m.CompletedCount = types.Int32PointerValue(c.CompletedCount)
	m.ErrorCount = types.Int32PointerValue(c.ErrorCount)
	m.DeliveryTimedOutCount = types.Int32PointerValue(c.DeliveryTimedOutCount)
}

// SetResults sets the attributes of the command. It sets the invocations if all of them were read.
func (m *SentCommand) SetResults(r runcommand.Results) {
	m.setCommand(r.Command)
	if r.EntriesRead {
		m.Invocations = m.invocationsOf(r.Nodes, true)
	}
}

// HasOutput reports whether the state has output.
func (m *SentCommand) HasOutput() bool { return !WithoutContents(m.Invocations).Equal(m.Invocations) }

// Command returns the stored command, for a request about it.
func (m *SentCommand) Command() runcommand.Command {
	return runcommand.Command{
		CommandID:             m.CommandID.ValueString(),
		DocumentName:          m.DocumentName.ValueString(),
		Comment:               m.Comment.ValueString(),
		RequestedDateTime:     timeOf(m.RequestedDateTime),
		ExpiresAfter:          timeOf(m.ExpiresAfter),
		Status:                m.Status.ValueString(),
		StatusDetails:         m.StatusDetails.ValueString(),
		TargetCount:           m.TargetCount.ValueInt32Pointer(),
		CompletedCount:        m.CompletedCount.ValueInt32Pointer(),
		ErrorCount:            m.ErrorCount.ValueInt32Pointer(),
		DeliveryTimedOutCount: m.DeliveryTimedOutCount.ValueInt32Pointer(),
	}
}

// timeOf parses a stored time. It returns the zero time for null.
func timeOf(s types.String) time.Time {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return time.Time{}
	}
	return t
}

// NewSentCommand returns the state of a command that another caller sent. It sets every argument
// that the service returns, and no results.
func NewSentCommand(c runcommand.Command, region string) SentCommand {
	m := SentCommand{SendArguments: SendArguments{
		DocumentName:           framework.StringOrNull(c.DocumentName),
		DocumentVersion:        framework.StringOrNull(c.DocumentVersion),
		InstanceIDs:            setOrNull(c.InstanceIDs),
		Targets:                types.SetNull(targetType),
		Parameters:             types.MapNull(parametersType),
		ParametersWO:           types.MapNull(parametersType),
		Comment:                framework.StringOrNull(c.Comment),
		TimeoutSeconds:         types.Int32PointerValue(c.TimeoutSeconds),
		MaxConcurrency:         framework.StringOrNull(c.MaxConcurrency),
		MaxErrors:              framework.StringOrNull(c.MaxErrors),
		OutputS3BucketName:     framework.StringOrNull(c.OutputS3.BucketName),
		OutputS3KeyPrefix:      framework.StringOrNull(c.OutputS3.KeyPrefix),
		CloudWatchOutputConfig: types.ObjectNull(cloudWatchOutputConfigType),
		ServiceRoleARN:         framework.StringOrNull(c.ServiceRole),
		NotificationConfig:     types.ObjectNull(notificationConfigType),
		AlarmConfiguration:     types.ObjectNull(alarmConfigurationType),
		Region:                 framework.StringOrNull(region),
	}, Triggers: types.MapNull(types.StringType)}
	if len(c.Targets) > 0 {
		m.InstanceIDs = types.SetNull(types.StringType)
		m.Targets = types.SetValueMust(targetType, mapValues(c.Targets, func(t runcommand.Target) attr.Value {
			return types.ObjectValueMust(targetType.AttrTypes, map[string]attr.Value{
				"key": types.StringValue(t.Key), "values": setOrNull(t.Values),
			})
		}))
	}
	if len(c.Parameters) > 0 {
		parameters := map[string]attr.Value{}
		for name, values := range c.Parameters {
			parameters[name] = types.ListValueMust(types.StringType, mapValues(values, stringValue))
		}
		m.Parameters = types.MapValueMust(parametersType, parameters)
	}
	if w := c.CloudWatchOutput; w != nil {
		m.CloudWatchOutputConfig = types.ObjectValueMust(cloudWatchOutputConfigType, map[string]attr.Value{
			"cloudwatch_log_group_name": framework.StringOrNull(w.LogGroupName),
		})
	}
	if n := c.Notification; n != nil {
		m.NotificationConfig = types.ObjectValueMust(notificationConfigType, map[string]attr.Value{
			"notification_arn": framework.StringOrNull(n.ARN), "notification_events": setOrNull(n.Events), "notification_type": framework.StringOrNull(n.Type),
		})
	}
	if a := c.Alarms; a != nil {
		m.AlarmConfiguration = types.ObjectValueMust(alarmConfigurationType, map[string]attr.Value{
			"alarms": types.ListValueMust(alarmType, mapValues(a.Names, func(name string) attr.Value {
				return types.ObjectValueMust(alarmType.AttrTypes, map[string]attr.Value{"name": types.StringValue(name)})
			})),
			"ignore_poll_alarm_failure": types.BoolValue(a.IgnorePollFailure),
		})
	}
	m.setCommand(c)
	m.Invocations = m.invocationsOf(nil, false)
	return m
}

// setOrNull maps a list to a set. An empty list becomes null.
func setOrNull(list []string) types.Set {
	if len(list) == 0 {
		return types.SetNull(types.StringType)
	}
	return types.SetValueMust(types.StringType, mapValues(slices.Compact(framework.Sorted(list)), stringValue))
}

func stringValue(s string) attr.Value { return types.StringValue(s) }

func mapValues[A any](list []A, one func(A) attr.Value) []attr.Value {
	values := make([]attr.Value, 0, len(list))
	for _, a := range list {
		values = append(values, one(a))
	}
	return values
}
