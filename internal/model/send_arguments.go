// SPDX-License-Identifier: MPL-2.0

package model

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// defaultNodeReadyTimeout is the default of node_ready_timeout.
const defaultNodeReadyTimeout = 5 * time.Minute

// The types of arguments, for values in a plan.
var (
	targetType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"key": types.StringType, "values": types.SetType{ElemType: types.StringType},
	}}
	parametersType             = types.ListType{ElemType: types.StringType}
	cloudWatchOutputConfigType = map[string]attr.Type{"cloudwatch_log_group_name": types.StringType}
	notificationConfigType     = map[string]attr.Type{
		"notification_arn": types.StringType, "notification_events": types.SetType{ElemType: types.StringType}, "notification_type": types.StringType,
	}
	alarmType              = types.ObjectType{AttrTypes: map[string]attr.Type{"name": types.StringType}}
	alarmConfigurationType = map[string]attr.Type{
		"alarms": types.ListType{ElemType: alarmType}, "ignore_poll_alarm_failure": types.BoolType,
	}
)

// SendArguments are the arguments of the resource and the action that send a command, and wait for
// it.
type SendArguments struct {
	DocumentName           types.String `tfsdk:"document_name"`
	DocumentVersion        types.String `tfsdk:"document_version"`
	DocumentHash           types.String `tfsdk:"document_hash"`
	DocumentHashType       types.String `tfsdk:"document_hash_type"`
	InstanceIDs            types.Set    `tfsdk:"instance_ids"`
	Targets                types.Set    `tfsdk:"targets"`
	MaxTargets             types.Int32  `tfsdk:"max_targets"`
	Parameters             types.Map    `tfsdk:"parameters"`
	ParametersWO           types.Map    `tfsdk:"parameters_wo"`
	ParametersWOVersion    types.Int64  `tfsdk:"parameters_wo_version"`
	Comment                types.String `tfsdk:"comment"`
	TimeoutSeconds         types.Int32  `tfsdk:"timeout_seconds"`
	MaxConcurrency         types.String `tfsdk:"max_concurrency"`
	MaxErrors              types.String `tfsdk:"max_errors"`
	OutputS3BucketName     types.String `tfsdk:"output_s3_bucket_name"`
	OutputS3KeyPrefix      types.String `tfsdk:"output_s3_key_prefix"`
	CloudWatchOutputConfig types.Object `tfsdk:"cloudwatch_output_config"`
	ServiceRoleARN         types.String `tfsdk:"service_role_arn"`
	NotificationConfig     types.Object `tfsdk:"notification_config"`
	AlarmConfiguration     types.Object `tfsdk:"alarm_configuration"`
	Region                 types.String `tfsdk:"region"`

	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	RequireSuccess    types.Bool   `tfsdk:"require_success"`
	NodeReadyTimeout  types.String `tfsdk:"node_ready_timeout"`
}

// Waits reports whether to wait until the command is complete.
func (m *SendArguments) Waits() bool { return !framework.IsFalse(m.WaitForCompletion) }

// RequiresSuccess reports whether the command must succeed on every node.
func (m *SendArguments) RequiresSuccess() bool {
	return m.Waits() && !framework.IsFalse(m.RequireSuccess)
}

// Request returns the request to send the command. Only the configuration has the write-only
// parameters, so the caller passes them.
func (m *SendArguments) Request(ctx context.Context, writeOnly types.Map) (runcommand.SendRequest, diag.Diagnostics) {
	ready, diags := framework.DurationOr(m.NodeReadyTimeout, defaultNodeReadyTimeout)
	q := runcommand.SendRequest{
		DocumentName:     m.DocumentName.ValueString(),
		DocumentVersion:  m.DocumentVersion.ValueString(),
		DocumentHash:     m.DocumentHash.ValueString(),
		DocumentHashType: m.DocumentHashType.ValueString(),
		Comment:          m.Comment.ValueString(),
		TimeoutSeconds:   m.TimeoutSeconds.ValueInt32(),
		MaxConcurrency:   m.MaxConcurrency.ValueString(),
		MaxErrors:        m.MaxErrors.ValueString(),
		OutputS3:         runcommand.OutputS3{BucketName: m.OutputS3BucketName.ValueString(), KeyPrefix: m.OutputS3KeyPrefix.ValueString()},
		ServiceRole:      m.ServiceRoleARN.ValueString(),
		NodesReady:       ready,
	}
	into := func(value interface {
		IsNull() bool
		IsUnknown() bool
	}, decode func() diag.Diagnostics) {
		if !value.IsNull() && !value.IsUnknown() {
			diags.Append(decode()...)
		}
	}
	into(m.InstanceIDs, func() diag.Diagnostics { return m.InstanceIDs.ElementsAs(ctx, &q.InstanceIDs, false) })
	into(m.Targets, func() diag.Diagnostics {
		var targets []struct {
			Key    string   `tfsdk:"key"`
			Values []string `tfsdk:"values"`
		}
		diags := m.Targets.ElementsAs(ctx, &targets, false)
		for _, t := range targets {
			q.Targets = append(q.Targets, runcommand.Target{Key: t.Key, Values: t.Values})
		}
		return diags
	})
	for _, parameters := range []types.Map{m.Parameters, writeOnly} {
		into(parameters, func() diag.Diagnostics {
			values, diags := parameterValues(ctx, parameters)
			if q.Parameters == nil {
				q.Parameters = map[string][]string{}
			}
			maps.Copy(q.Parameters, values)
			return diags
		})
	}
	into(m.CloudWatchOutputConfig, func() diag.Diagnostics {
		q.CloudWatchOutput = &runcommand.CloudWatchOutput{LogGroupName: stringOf(m.CloudWatchOutputConfig, "cloudwatch_log_group_name")}
		return nil
	})
	into(m.NotificationConfig, func() diag.Diagnostics {
		q.Notification = &runcommand.Notification{
			ARN: stringOf(m.NotificationConfig, "notification_arn"), Type: stringOf(m.NotificationConfig, "notification_type"),
		}
		events, _ := m.NotificationConfig.Attributes()["notification_events"].(types.Set)
		if events.IsNull() {
			return nil
		}
		return events.ElementsAs(ctx, &q.Notification.Events, false)
	})
	into(m.AlarmConfiguration, func() diag.Diagnostics {
		ignore, _ := m.AlarmConfiguration.Attributes()["ignore_poll_alarm_failure"].(types.Bool)
		q.Alarms = &runcommand.AlarmConfiguration{IgnorePollFailure: ignore.ValueBool()}
		alarms, _ := m.AlarmConfiguration.Attributes()["alarms"].(types.List)
		for _, alarm := range alarms.Elements() {
			if object, ok := alarm.(types.Object); ok {
				q.Alarms.Names = append(q.Alarms.Names, stringOf(object, "name"))
			}
		}
		return nil
	})
	return q, diags
}

// parameterValues returns the values of parameters. It omits a parameter that is null, because
// Systems Manager would get an empty list.
func parameterValues(ctx context.Context, parameters types.Map) (map[string][]string, diag.Diagnostics) {
	values := map[string][]string{}
	var diags diag.Diagnostics
	for name, element := range parameters.Elements() {
		list, ok := element.(types.List)
		if !ok || list.IsNull() {
			continue
		}
		var of []string
		diags.Append(list.ElementsAs(ctx, &of, false)...)
		values[name] = of
	}
	return values, diags
}

// stringOf returns a string attribute of an object, "" for null.
func stringOf(object types.Object, name string) string {
	s, _ := object.Attributes()[name].(types.String)
	return s.ValueString()
}

// Run returns the request to send the command and wait for it, with the defaults of the arguments.
// If comment is omitted, it generates one by which the command can be found. A timeout of 0 means
// the default of [runcommand.RunRequest].
func (m *SendArguments) Run(ctx context.Context, writeOnly types.Map, started time.Time, timeout time.Duration) (runcommand.RunRequest, diag.Diagnostics) {
	send, diags := m.Request(ctx, writeOnly)
	send.Started, send.Timeout = started, timeout
	if m.Comment.IsUnknown() || m.Comment.IsNull() {
		send.Comment, send.UniqueComment = newComment(), true
	}
	return runcommand.RunRequest{
		Send:         send,
		MaxTargets:   int(m.MaxTargets.ValueInt32()),
		RequireNodes: m.RequiresSuccess(),
		NoWait:       !m.Waits(),
	}, diags
}

// IsGeneratedComment reports whether the provider generated a comment, so that no other command has
// it.
func IsGeneratedComment(comment string) bool { return generatedComment.MatchString(comment) }

// generatedComment matches what newComment returns.
var generatedComment = lazyregexp.New(`^terraform [0-9a-f]{8}$`)

// newComment returns a random comment, so that no other command has it.
func newComment() string {
	digits := make([]byte, 4)
	_, _ = rand.Read(digits) // It never fails.
	return "terraform " + hex.EncodeToString(digits)
}

// Subject returns how messages name the command. The caller sets Timeout.
func (m *SendArguments) Subject(run runcommand.RunRequest, region string) diagnostics.Sending {
	s := diagnostics.Sending{
		Document: run.Send.DocumentName, Comment: run.Send.Comment, Region: region,
		InstanceIDs: run.Send.InstanceIDs, Targets: run.Send.Targets, Parameters: len(run.Send.Parameters) > 0,
		NodesReady: run.Send.NodesReady, RequireSuccess: m.RequiresSuccess(),
	}
	if !m.ParametersWOVersion.IsNull() {
		s.OutputIsSecret = "it can have values of parameters_wo"
	}
	return s
}
