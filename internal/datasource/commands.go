// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
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
	_ datasource.DataSourceWithConfigure        = (*commands)(nil)
	_ datasource.DataSourceWithConfigValidators = (*commands)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*commands)(nil)
)

// commands is data "ssm_commands": the account's commands by filter (ListCommands).
type commands struct{ base }

// NewCommands returns data "ssm_commands".
func NewCommands() datasource.DataSource { return &commands{} }

// Metadata names the data source.
func (d *commands) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_commands"
}

// Schema describes the arguments and attributes.
func (d *commands) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandsSchema(ctx)
}

// ConfigValidators require a filter, so that a configuration without arguments does not read 30
// days of an account's history.
func (d *commands) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("instance_id"), path.MatchRoot("status"), path.MatchRoot("document_name"), path.MatchRoot("execution_stage"),
		path.MatchRoot("invoked_after"), path.MatchRoot("invoked_before"), path.MatchRoot("max_results"),
	)}
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Read.
func (d *commands) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandsModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.limits().Validate(types.StringNull())...)
	resp.Diagnostics.Append(data.Validate()...)
}

// Read reads the commands.
func (d *commands) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data commandsModel
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

	found, err := client.Commands(ctx, query)
	if err != nil {
		resp.Diagnostics.Append(diagnostics.ReadFailed(data.subject(client.Region()), err, false))
		return
	}

	framework.SetComputed(&resp.State.Raw, map[string]tftypes.Value{
		"region":   framework.String(client.Region()),
		"commands": framework.TakeObjects(model.CommandObject, found, model.CommandValue),
	})
}

// commandsModel has the arguments of data "ssm_commands".
type commandsModel struct {
	model.CommandFilters

	MaxResults types.Int32    `tfsdk:"max_results"`
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
}

// query returns the query of the arguments, with their defaults.
func (m *commandsModel) query(started time.Time) (runcommand.CommandsQuery, diag.Diagnostics) {
	timeout, _, diags := m.limits().Limit()
	query := m.Query()
	query.MaxResults, query.Started, query.Timeout = int(m.MaxResults.ValueInt32()), started, timeout
	return query, diags
}

// limits returns the time limit in the timeouts block.
func (m *commandsModel) limits() framework.Timeouts {
	return framework.Timeouts{Attribute: "read", Block: m.Timeouts.Object}
}

// subject returns how messages name the read.
func (m *commandsModel) subject(region string) diagnostics.Subject {
	s := m.Subject(region)
	s.Narrow = "Set max_results, or narrow the list by instance_id, status, document_name, execution_stage, invoked_after, or invoked_before."
	return s
}

// commandsSchema returns the schema of data "ssm_commands".
func commandsSchema(ctx context.Context) schema.Schema {
	attributes := model.CommandFilterAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"max_results": schema.Int32Attribute{
			Optional: true,
			MarkdownDescription: "Maximum number of commands to read. Defaults to all of them. The provider reads the first commands that the API returns. " +
				"In every recorded response these are the newest, but the API reference does not document the order.",
			Validators: []validator.Int32{int32validator.AtLeast(1)},
		},
		"region": schema.StringAttribute{
			Optional:            true,
			Computed:            true,
			MarkdownDescription: "The Region whose commands are listed. Overrides the provider's Region for this read.",
		},

		"commands": model.CommandObject.ComputedObjects("The commands, sorted by `requested_date_time`, newest first."),
	})
	return schema.Schema{
		MarkdownDescription: "Lists the account's commands by filter, newest first (`ListCommands`). At least one filter or `max_results` is required. " +
			"This data source does not wait for commands: it reads the history as it is. Systems Manager keeps a command's history for 30 days.\n\n" +
			"~> Terraform stores all attributes, `parameters` included, in plan and state files.",
		Attributes: attributes,
		Blocks:     timeoutsBlock(ctx, framework.ListTimeoutText),
	}
}
