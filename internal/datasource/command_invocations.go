// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ datasource.DataSourceWithConfigure        = (*commandInvocations)(nil)
	_ datasource.DataSourceWithConfigValidators = (*commandInvocations)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*commandInvocations)(nil)
)

// commandInvocations is data "ssm_command_invocations": command invocations by filter, with all
// steps (ListCommandInvocations).
type commandInvocations struct{ base }

// NewCommandInvocations returns data "ssm_command_invocations".
func NewCommandInvocations() datasource.DataSource { return &commandInvocations{} }

// Metadata names the data source.
func (d *commandInvocations) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocations"
}

// Schema describes the arguments and attributes.
func (d *commandInvocations) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandInvocationsSchema(ctx)
}

// ConfigValidators require a filter, so that a configuration without arguments does not read 30
// days of an account's history.
func (d *commandInvocations) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("command_id"), path.MatchRoot("instance_id"), path.MatchRoot("status"),
		path.MatchRoot("document_name"), path.MatchRoot("invoked_after"), path.MatchRoot("invoked_before"),
	)}
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Read.
func (d *commandInvocations) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandInvocationsModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.limits().Validate(data.VisibilityTimeout)...)
	resp.Diagnostics.Append(framework.ValidateSuccess(data.RequireSuccess, data.WaitForCompletion)...)
	if !data.CommandID.IsNull() {
		return
	}
	if data.WaitForCompletion.ValueBool() {
		resp.Diagnostics.Append(diagnostics.AttributeError(path.Root("wait_for_completion"), "Invalid Attribute Combination",
			"wait_for_completion = true waits until a command is complete, and requires command_id."))
	}
	if data.RequireSuccess.ValueBool() {
		resp.Diagnostics.Append(diagnostics.AttributeError(path.Root("require_success"), "Invalid Attribute Combination",
			"require_success checks the result of one command, and requires command_id."))
	}
}

// Read reads the invocations. With command_id, it waits until they are complete unless
// wait_for_completion is false.
func (d *commandInvocations) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data commandInvocationsModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	query, diags := data.query(started)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	client, diags := framework.ClientFor(ctx, d.clients, data.Region, query.Timeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	result, err := client.Invocations(ctx, query)

	subject := data.subject(client.Region())
	switch {
	case err != nil:
		resp.Diagnostics.Append(diagnostics.ReadFailed(subject, err, false))
	case data.RequireSuccess.ValueBool() && !result.Succeeded():
		resp.Diagnostics.Append(diagnostics.NodesFailed(subject, result))
	case result.NoNodeMatched:
		resp.Diagnostics.Append(diagnostics.NoNodeMatched(subject, result))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	framework.SetComputed(&resp.State.Raw, map[string]tftypes.Value{
		"region":      framework.String(client.Region()),
		"invocations": framework.TakeObjects(model.NodeInvocationObject, result.Invocations, model.NodeInvocationValue),
	})
}

// commandInvocationsModel has the arguments of data "ssm_command_invocations".
type commandInvocationsModel struct {
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
}

// query returns the query of the arguments, with their defaults.
func (m *commandInvocationsModel) query(started time.Time) (runcommand.InvocationsQuery, diag.Diagnostics) {
	timeout, visibility, diags := m.limits().Durations(m.VisibilityTimeout)
	return runcommand.InvocationsQuery{
		CommandID:     m.CommandID.ValueString(),
		InstanceID:    m.InstanceID.ValueString(),
		Status:        m.Status.ValueString(),
		DocumentName:  m.DocumentName.ValueString(),
		InvokedAfter:  framework.FormatAfter(m.InvokedAfter),
		InvokedBefore: framework.FormatBefore(m.InvokedBefore),
		OmitSteps:     framework.IsFalse(m.IncludePlugins),
		NoWait:        framework.IsFalse(m.WaitForCompletion),
		Visibility:    visibility,
		Started:       started,
		Timeout:       timeout,
	}, diags
}

// limits returns the time limit in the timeouts block.
func (m *commandInvocationsModel) limits() framework.Timeouts {
	return framework.Timeouts{Attribute: "read", Block: m.Timeouts.Object}
}

// subject returns how messages name the read.
func (m *commandInvocationsModel) subject(region string) diagnostics.Subject {
	s := diagnostics.Subject{Kind: diagnostics.Invocations, Region: region, Argument: "command_id", Node: m.InstanceID.ValueString()}
	switch {
	case m.CommandID.IsNull():
		s.Name = "the invocations" + framework.Narrowed(framework.Argument{Name: "instance_id", Value: m.InstanceID}, framework.Argument{Name: "status", Value: m.Status},
			framework.Argument{Name: "document_name", Value: m.DocumentName}, framework.Argument{Name: "invoked_after", Value: m.InvokedAfter}, framework.Argument{Name: "invoked_before", Value: m.InvokedBefore})
		s.Narrow = "Narrow the list by instance_id, status, document_name, invoked_after, or invoked_before"
	case m.InstanceID.IsNull():
		s.Name = diagnostics.Textf("the invocations of command %s", m.CommandID.ValueString())
		s.Narrow = "Read some of the nodes, each with instance_id"
	default:
		s.Name = diagnostics.Textf("command %s on node %s", m.CommandID.ValueString(), s.Node)
	}
	if s.Narrow != "" && !framework.IsFalse(m.IncludePlugins) {
		s.Narrow += ", or set include_plugins = false, which leaves out the steps and their output"
	}
	if s.Narrow != "" {
		s.Narrow += "."
	}
	return s
}

// invocationStatuses are the values of the filter Status of ListCommandInvocations (API reference,
// CommandFilter). They are statuses and status details, and differ from those of ListCommands. The
// service rejects other values.
var invocationStatuses = []string{"Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
	"DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "InvalidPlatform", "Terminated"}

// commandInvocationsSchema returns the schema of data "ssm_command_invocations".
func commandInvocationsSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Reads the results of commands on many nodes: all nodes of one command, all commands of one node, or all that match a filter, each with all its steps " +
			"(`ListCommandInvocations`).\n\n" +
			"With `command_id`, this data source waits until the command is visible and, by default, until it is complete on all nodes, " +
			"during `plan` as well as `apply`. While it waits, it polls the command; it reads the invocations once, at the end. " +
			"A failed command is not an error unless `require_success` is set.\n\n" +
			"~> Terraform stores all attributes, the output of each step included, in plan and state files.",
		Attributes: map[string]schema.Attribute{
			"command_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: framework.CommandIDText + " At least one of this argument and the five filters is required.",
				Validators:          []validator.String{framework.CommandID},
			},
			"instance_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: framework.InstanceIDText + " Only invocations on this node.",
				Validators:          []validator.String{framework.InstanceID},
			},
			"status": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only invocations of this status: " + framework.Values(invocationStatuses) + ". `TimedOut` covers both kinds of timeout.",
				Validators:          framework.OneOf(invocationStatuses),
			},
			"document_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only invocations of commands that ran this document. " + framework.FilterLengthText,
				Validators:          []validator.String{framework.FilterValue},
			},
			"invoked_after": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: framework.InvokedAfterText,
				Validators:          []validator.String{framework.Timestamp},
			},
			"invoked_before": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: framework.InvokedBeforeText,
				Validators:          []validator.String{framework.Timestamp},
			},
			"region": framework.RegionArgument,
			"include_plugins": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to read `command_plugins`: the steps and their output, which are most of the response. Defaults to `true`.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to wait until the command is complete on all nodes, or on the node `instance_id`. " +
					"Defaults to `true` with `command_id`. Without `command_id`, the provider does not wait, and `true` is an error.",
			},
			"visibility_timeout": framework.VisibilityTimeoutArgument("Has no effect without `command_id`. "),
			"require_success": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to return an error unless there is at least one node and the status is `Success` on every node, including the nodes that the filters exclude. " +
					"The error counts the nodes by status. Unless `include_plugins = false`, it also shows the exit code and the last lines of output of the first three nodes that failed, " +
					"at most 20 lines and 2,000 bytes in all. Only with `command_id`, and not with `wait_for_completion = false`. Defaults to `false`.",
			},

			"invocations": model.NodeInvocationObject.ComputedObjects("The invocations, sorted by instance ID, then by request time."),
		},
		Blocks: timeoutsBlock(ctx, framework.TimeoutText),
	}
}
