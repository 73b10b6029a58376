// SPDX-License-Identifier: MPL-2.0

package model

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// shortestStepName is the minimum length of PluginName in the API.
const shortestStepName = 4

// InvocationAttributes returns the arguments and attributes of the data source and the ephemeral
// resource "ssm_command_invocation".
func InvocationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"command_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "The command ID, a UUID of 36 characters, as `SendCommand` returned it.",
			Validators:          []validator.String{framework.CommandID},
		},
		"instance_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: framework.InstanceIDText,
			Validators:          []validator.String{framework.InstanceID},
		},
		"plugin_name": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Name of the step to read. Required for a document with several steps; it is the `name` in `mainSteps`, " +
				"not the action. A document with schema version 1.2 has one step, named after its plugin, such as `aws:runShellScript`. " +
				"At least 4 characters. If omitted, the name of the only step, or null if there are several.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(shortestStepName)},
		},
		"region": framework.RegionArgument,
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the step is complete. `false` waits only until the invocation is visible, and returns the values of that moment. " +
				"Defaults to `true`.",
		},
		"visibility_timeout": framework.VisibilityTimeoutArgument("With `complete_output`, also the maximum time to wait for the S3 object. "),
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return an error if the final status is not `Success`. The error shows the status and the exit code. " +
				"Not with `wait_for_completion = false`. Defaults to `false`.",
		},
		"allow_missing": framework.AllowMissingArgument,

		"complete_output": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to read the complete stream from the S3 object that the command wrote if Systems Manager truncated it, into the same attribute; " +
				"`standard_output_truncated` or `standard_error_truncated` is then `false`. Requires a command that was sent with an S3 bucket, and `s3:GetObject` on the object. " +
				"A stream that is not truncated costs no request. Defaults to `false`.",
		},
		"max_output_bytes": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "Maximum size in bytes of a stream that `complete_output` reads, from `1` to `67108864` (64 MiB). A larger stream is an error before it is read. " +
				"Requires `complete_output = true`. Defaults to `1048576`.",
			Validators: []validator.Int64{int64validator.Between(1, LargestMaxOutputBytes)},
		},
		"expected_bucket_owner": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "ID of the AWS account that must own the bucket that `complete_output` reads from. S3 rejects the request if another account owns it. " +
				"Requires `complete_output = true`. By default any account is accepted.",
			Validators: []validator.String{framework.AccountID},
		},

		"comment":          CommentAttribute,
		"document_name":    DocumentNameAttribute,
		"document_version": documentVersionAttribute,
		"response_code": framework.ComputedNumber(responseCodeText + " Null if Systems Manager returns none, " +
			"as for an invocation with several steps if no step is named."),
		"execution_start_date_time": framework.ComputedString("When the step started, by the node's clock, as Systems Manager returns it. Null until the step is complete."),
		"execution_elapsed_time":    framework.ComputedString("Run time of the step, as an ISO 8601 duration such as `PT3.175S`."),
		"execution_end_date_time": framework.ComputedString("When the step was complete, as Systems Manager returns it: the start plus whole seconds. " +
			"For the run time, use `execution_elapsed_time`."),
		"status": framework.ComputedString("The status of the step: " + statusesText + " " +
			"With several steps, a step can be `Success` while the invocation on the node failed."),
		"status_details": framework.ComputedString(statusDetailsText),
		"standard_output_content": framework.ComputedString("The step's standard output: the first 24,000 characters, or all of it with `complete_output`. " +
			"An empty stream is `\"\"`. Null until the step is complete. Bytes that are not UTF-8 are replaced by U+FFFD."),
		"standard_output_url":       framework.ComputedString(stdoutURLText),
		"standard_output_truncated": framework.ComputedBool("Whether `standard_output_content` is truncated. Null until the step is complete."),
		"standard_error_content": framework.ComputedString("The step's standard error: the first 8,000 characters, or all of it with `complete_output`. " +
			"An empty stream is `\"\"`. Null until the step is complete. Bytes that are not UTF-8 are replaced by U+FFFD."),
		"standard_error_url":       framework.ComputedString(stderrURLText),
		"standard_error_truncated": framework.ComputedBool("Whether `standard_error_content` is truncated. Null until the step is complete."),
		"cloudwatch_output_config": cloudWatchOutputConfigAttribute(),
	}
}

// InvocationArguments are the arguments of the data source and the ephemeral resource
// "ssm_command_invocation", except for the timeouts block, whose argument has another name in each.
type InvocationArguments struct {
	CommandID         types.String `tfsdk:"command_id"`
	InstanceID        types.String `tfsdk:"instance_id"`
	PluginName        types.String `tfsdk:"plugin_name"`
	Region            types.String `tfsdk:"region"`
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	VisibilityTimeout types.String `tfsdk:"visibility_timeout"`
	RequireSuccess    types.Bool   `tfsdk:"require_success"`
	AllowMissing      types.Bool   `tfsdk:"allow_missing"`
	CompleteOutput    types.Bool   `tfsdk:"complete_output"`
	MaxOutputBytes    types.Int64  `tfsdk:"max_output_bytes"`
	BucketOwner       types.String `tfsdk:"expected_bucket_owner"`
}

// Validate rejects arguments that exclude each other, before any request.
func (m *InvocationArguments) Validate(t framework.Timeouts) diag.Diagnostics {
	diags := t.Validate(m.VisibilityTimeout)
	diags.Append(framework.ValidateSuccess(m.RequireSuccess, m.WaitForCompletion)...)
	if !m.MaxOutputBytes.IsNull() && !m.CompleteOutput.IsUnknown() && !m.CompleteOutput.ValueBool() {
		diags.Append(diagnostics.AttributeError(path.Root("max_output_bytes"), "Invalid Attribute Combination",
			"max_output_bytes limits what complete_output = true reads. Set complete_output = true, or remove max_output_bytes."))
	}
	if !m.BucketOwner.IsNull() && !m.CompleteOutput.IsUnknown() && !m.CompleteOutput.ValueBool() {
		diags.Append(diagnostics.AttributeError(path.Root("expected_bucket_owner"), "Invalid Attribute Combination",
			"expected_bucket_owner applies to what complete_output = true reads. Set complete_output = true, or remove expected_bucket_owner."))
	}
	return diags
}

// Read reads the invocation that the arguments name, and returns its attributes, or nil if the
// diagnostics have an error. notSuccessful returns the error of require_success.
func (m *InvocationArguments) Read(ctx context.Context, clients framework.Clients, started time.Time, t framework.Timeouts, notSuccessful diagnostics.NotSuccessful) (map[string]tftypes.Value, diag.Diagnostics) {
	query, diags := m.query(t, started)
	if diags.HasError() {
		return nil, diags
	}
	client, more := framework.ClientFor(ctx, clients, m.Region, query.Timeout)
	diags.Append(more...)
	if diags.HasError() {
		return nil, diags
	}

	result, err := client.Invocation(ctx, query)

	failed := m.RequireSuccess.ValueBool() && !result.Invocation.Succeeded()
	if err == nil && !failed && !result.Notable() {
		return InvocationValues(&result.Invocation, client.Region()), diags
	}
	subject := m.subject(t, client.Region())
	var missing *runcommand.NotFoundError
	switch {
	case err == nil:
		diags.Append(diagnostics.Notices(subject, result)...)
		if failed {
			diags.Append(notSuccessful(subject, result))
		}
	case errors.As(err, &missing) && missing.CommandUnknown() && m.AllowMissing.ValueBool():
		// All values are null, without a warning: Terraform reads a data source in every plan, and
		// would repeat the warning after the 30 days for which Systems Manager keeps a command.
		result = runcommand.Result{}
	case failed && result.OutputOnly && result.Invocation.Complete():
		// The command failed, and its complete output could not be read. The failure is first.
		diags.Append(notSuccessful(subject, result), diagnostics.ReadFailed(subject, err, false))
	default:
		if result.OutputOnly {
			subject.Outcome = diagnostics.Textf("The step itself %s", diagnostics.Outcome(result.Invocation))
		}
		diags.Append(diagnostics.ReadFailed(subject, err, m.AllowMissing.ValueBool()))
	}
	if diags.HasError() {
		return nil, diags
	}
	return InvocationValues(&result.Invocation, client.Region()), diags
}

// query returns the query of the arguments, with their defaults.
func (m *InvocationArguments) query(t framework.Timeouts, started time.Time) (runcommand.InvocationQuery, diag.Diagnostics) {
	timeout, visibility, diags := t.Durations(m.VisibilityTimeout)
	return runcommand.InvocationQuery{
		CommandID:  m.CommandID.ValueString(),
		InstanceID: m.InstanceID.ValueString(),
		PluginName: m.PluginName.ValueString(),
		NoWait:     framework.IsFalse(m.WaitForCompletion),
		Visibility: visibility,
		Started:    started,
		Timeout:    timeout,

		CompleteOutput: m.CompleteOutput.ValueBool(),
		MaxOutputBytes: maxOutputBytes(m.MaxOutputBytes),
		BucketOwner:    m.BucketOwner.ValueString(),
	}, diags
}

// Bounds of complete output in bytes: the default of max_output_bytes, and its maximum. Terraform
// receives at most 256 MiB from a provider, and a result has two streams.
const (
	DefaultMaxOutputBytes = 1 << 20
	LargestMaxOutputBytes = 64 << 20
)

func maxOutputBytes(given types.Int64) int64 {
	if given.IsNull() {
		return DefaultMaxOutputBytes
	}
	return given.ValueInt64()
}

// subject returns how messages name the read.
func (m *InvocationArguments) subject(t framework.Timeouts, region string) diagnostics.Subject {
	s := diagnostics.Subject{Kind: diagnostics.Invocation, Region: region, Timeout: t.Argument(), Node: m.InstanceID.ValueString()}
	s.Name = diagnostics.Textf("command %s on node %s", m.CommandID.ValueString(), s.Node)
	if step := m.PluginName.ValueString(); step != "" {
		s.Name = diagnostics.Textf("step %q of %s", step, s.Name)
	}
	return s
}

// InvocationValues maps an invocation in a Region to attributes. An attribute without a value in
// the map is null.
func InvocationValues(i *runcommand.Invocation, region string) map[string]tftypes.Value {
	values := map[string]tftypes.Value{
		"region":                    framework.String(region),
		"plugin_name":               framework.String(i.PluginName),
		"comment":                   framework.String(i.Comment),
		"document_name":             framework.String(i.DocumentName),
		"document_version":          framework.String(i.DocumentVersion),
		"response_code":             framework.Number(i.ResponseCode),
		"execution_start_date_time": framework.String(i.ExecutionStart),
		"execution_elapsed_time":    framework.String(i.ExecutionElapsed),
		"execution_end_date_time":   framework.String(i.ExecutionEnd),
		"status":                    framework.String(i.Status),
		"status_details":            framework.String(i.StatusDetails),
		"standard_output_content":   tftypes.NewValue(tftypes.String, i.StandardOutput.Content),
		"standard_output_url":       framework.String(i.StandardOutput.URL),
		"standard_output_truncated": truncated(i.StandardOutput),
		"standard_error_content":    tftypes.NewValue(tftypes.String, i.StandardError.Content),
		"standard_error_url":        framework.String(i.StandardError.URL),
		"standard_error_truncated":  truncated(i.StandardError),
	}
	if i.CloudWatchOutput != nil {
		values["cloudwatch_output_config"] = cloudWatchOutputConfig(i.CloudWatchOutput)
	}
	return values
}

// truncated maps whether a stream is truncated. It returns null for a stream without content.
func truncated(s runcommand.Stream) tftypes.Value {
	if s.Content == nil {
		return framework.Bool(nil)
	}
	return framework.Bool(&s.Truncated)
}
