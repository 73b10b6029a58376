// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
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
	_ datasource.DataSourceWithConfigure        = (*command)(nil)
	_ datasource.DataSourceWithConfigValidators = (*command)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*command)(nil)
)

// command is data "ssm_command": one command across its nodes (ListCommands).
type command struct{ base }

// NewCommand returns data "ssm_command".
func NewCommand() datasource.DataSource { return &command{} }

// Metadata names the data source.
func (d *command) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command"
}

// Schema describes the arguments and attributes.
func (d *command) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandSchema(ctx)
}

// ConfigValidators require exactly one of the arguments that identify the command.
func (d *command) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("command_id"), path.MatchRoot("comment")),
	}
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Read.
func (d *command) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.limits().Validate(data.VisibilityTimeout)...)
	resp.Diagnostics.Append(framework.ValidateSuccess(data.RequireSuccess, data.WaitForCompletion)...)
}

// Read reads the command, and waits until it is complete unless wait_for_completion is false.
func (d *command) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data commandModel
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

	found, err := client.Command(ctx, query)

	subject := data.subject(client.Region())
	values := map[string]tftypes.Value{}
	var missing *runcommand.NotFoundError
	switch {
	case err == nil:
		values = model.CommandValues(&found)
		if data.RequireSuccess.ValueBool() {
			resp.Diagnostics.Append(checkSuccess(ctx, client, query, subject, found)...)
		}
	case errors.As(err, &missing) && missing.CommandUnknown() && data.AllowMissing.ValueBool():
		// All values are null, without a warning: Terraform reads a data source in every plan, and
		// would repeat the warning after the 30 days for which Systems Manager keeps a command.
	default:
		resp.Diagnostics.Append(diagnostics.ReadFailed(subject, err, data.AllowMissing.ValueBool()))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	values["region"] = framework.String(client.Region())
	framework.SetComputed(&resp.State.Raw, values)
}

// checkSuccess returns the error of require_success unless the command succeeded on every node. The
// status and the counts of a command do not include invocations that are Undeliverable, Invalid
// Platform, or Access Denied. If they show no failure, checkSuccess reads the invocations.
func checkSuccess(ctx context.Context, client *runcommand.Client, q runcommand.CommandQuery, s diagnostics.Subject, c runcommand.Command) diag.Diagnostics {
	if !c.Succeeded() {
		return diag.Diagnostics{diagnostics.CommandFailed(s, c)}
	}
	result, err := client.Invocations(ctx, runcommand.InvocationsQuery{
		CommandID: c.CommandID, Command: &c, OmitSteps: true, Visibility: q.Visibility, Started: q.Started, Timeout: q.Timeout,
	})
	switch {
	case err != nil:
		return diag.Diagnostics{diagnostics.ReadFailed(s, err, false)}
	case !result.Succeeded():
		return diag.Diagnostics{diagnostics.NodesFailed(s, result)}
	}
	return nil
}

// commandModel has the arguments of data "ssm_command".
type commandModel struct {
	CommandID         types.String   `tfsdk:"command_id"`
	Comment           types.String   `tfsdk:"comment"`
	DocumentName      types.String   `tfsdk:"document_name"`
	InvokedAfter      types.String   `tfsdk:"invoked_after"`
	MostRecent        types.Bool     `tfsdk:"most_recent"`
	Region            types.String   `tfsdk:"region"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	VisibilityTimeout types.String   `tfsdk:"visibility_timeout"`
	RequireSuccess    types.Bool     `tfsdk:"require_success"`
	AllowMissing      types.Bool     `tfsdk:"allow_missing"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

// query returns the query of the arguments, with their defaults.
func (m *commandModel) query(started time.Time) (runcommand.CommandQuery, diag.Diagnostics) {
	timeout, visibility, diags := m.limits().Durations(m.VisibilityTimeout)
	return runcommand.CommandQuery{
		CommandID:    m.CommandID.ValueString(),
		Comment:      m.Comment.ValueString(),
		DocumentName: m.DocumentName.ValueString(),
		InvokedAfter: framework.FormatAfter(m.InvokedAfter),
		MostRecent:   m.MostRecent.ValueBool(),
		NoWait:       framework.IsFalse(m.WaitForCompletion),
		Visibility:   visibility,
		Started:      started,
		Timeout:      timeout,
	}, diags
}

// limits returns the time limit in the timeouts block.
func (m *commandModel) limits() framework.Timeouts {
	return framework.Timeouts{Attribute: "read", Block: m.Timeouts.Object}
}

// subject returns how messages name the read.
func (m *commandModel) subject(region string) diagnostics.Subject {
	s := diagnostics.Subject{Kind: diagnostics.Command, Region: region, Argument: "command_id",
		Name: diagnostics.Textf("command %s", m.CommandID.ValueString())}
	if m.CommandID.IsNull() {
		s.Argument = "comment"
		s.Name = diagnostics.Textf("the command with comment %q%s", m.Comment.ValueString(), framework.Narrowed(
			framework.Argument{Name: "document_name", Value: m.DocumentName}, framework.Argument{Name: "invoked_after", Value: m.InvokedAfter}))
	}
	return s
}

// commandSchema returns the schema of data "ssm_command".
func commandSchema(ctx context.Context) schema.Schema {
	onlyWithComment := path.MatchRoot("comment")
	attributes := model.CommandObject.Attributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"command_id": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: framework.CommandIDText + " Set this or `comment`.",
			Validators:          []validator.String{framework.CommandID},
		},
		"comment": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: model.CommentAttribute.MarkdownDescription + " Set this or `command_id`. Finds the command whose comment is exactly this text, " +
				"after Unicode normalization (NFC). The caller of SendCommand chooses the comment, but not the command ID. 1 to 100 characters.",
			Validators: []validator.String{stringvalidator.UTF8LengthBetween(1, model.LongestComment)},
		},
		"document_name": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: model.DocumentNameAttribute.MarkdownDescription + " As an argument, only with `comment`: limits the search to commands that ran this document. " + framework.FilterLengthText,
			Validators:          []validator.String{stringvalidator.AlsoRequires(onlyWithComment), framework.FilterValue},
		},
		"invoked_after": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: framework.InvokedAfterText + " Only with `comment`. Limits the search to recent history, " +
				"and excludes older commands with the same comment.",
			Validators: []validator.String{stringvalidator.AlsoRequires(onlyWithComment), framework.Timestamp},
		},
		"most_recent": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to read the newest command if several have the `comment`. Otherwise, several are an error. Only with `comment`. Defaults to `false`.",
			Validators:          []validator.Bool{boolvalidator.AlsoRequires(onlyWithComment)},
		},
		"region": framework.RegionArgument,
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the command is complete on all its nodes. `false` waits only until the command is visible, and returns the values of that moment. " +
				"Defaults to `true`.",
		},
		"visibility_timeout": framework.VisibilityTimeoutArgument(""),
		"require_success": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return an error unless the command succeeded on every node. The status must be `Success`, with at least one node, " +
				"`error_count` and `delivery_timed_out_count` must be 0, and the status of every invocation must be `Success`. Systems Manager also reports `Success` if no node matched, " +
				"if failures stay within `max_errors`, and if the command could not be delivered to some nodes. " +
				"The provider reads the invocations for this, which requires `ssm:ListCommandInvocations`. " +
				"Not with `wait_for_completion = false`. Defaults to `false`.",
		},
		"allow_missing": framework.AllowMissingArgument,
	})
	return schema.Schema{
		MarkdownDescription: "Reads one command across all its nodes: status, counts, targets, and parameters (`ListCommands`). " +
			"The command is identified by its ID, or by the comment that it was sent with.\n\n" +
			"This data source waits until the command is visible and, by default, until it is complete on all nodes, " +
			"during `plan` as well as `apply`. A failed command is not an error unless `require_success` is set.\n\n" +
			"~> Terraform stores all attributes, `parameters` included, in plan and state files.",
		Attributes: attributes,
		Blocks:     timeoutsBlock(ctx, framework.TimeoutText),
	}
}
