package datasource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ datasource.DataSourceWithConfigure        = (*commands)(nil)
	_ datasource.DataSourceWithConfigValidators = (*commands)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*commands)(nil)
)

// commands is data "ssm_commands": the account's commands by filter (ListCommands).
type commands struct{ base }

// Metadata names the data source.
func (d *commands) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_commands"
}

// Schema describes the arguments and attributes.
func (d *commands) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandsSchema(ctx)
}

// ConfigValidators keep a configuration from reading 30 days of an account's
// history by leaving everything out.
func (d *commands) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("instance_id"), path.MatchRoot("status"), path.MatchRoot("document_name"), path.MatchRoot("execution_stage"),
		path.MatchRoot("invoked_after"), path.MatchRoot("invoked_before"), path.MatchRoot("max_results"),
	)}
}

// ValidateConfig checks what no single argument can tell; all of it before any
// request. An unknown value is let through: the Read sees it known.
func (d *commands) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(checkRegion(data.Region, d.plausible)...)
	resp.Diagnostics.Append(data.patience().check(types.StringNull())...)
	if !data.InstanceID.IsNull() && data.Status.ValueString() == "Pending" {
		resp.Diagnostics.AddAttributeError(path.Root("status"), "Invalid Attribute Combination",
			"The service refuses status = \"Pending\" together with instance_id: a pending command has no nodes yet. Leave out one of the two, "+
				"or read data \"ssm_command_invocations\", which takes both.")
	}
}

// Read reads the commands.
func (d *commands) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	started := time.Now()
	var data commandsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	query, diags := data.query(started)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	reader, diags := readerFor(ctx, d.readers, data.Region, query.Timeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	found, err := reader.Commands(ctx, query)
	if err != nil {
		resp.Diagnostics.Append(diagnose(data.asked(reader.Region()), err, false))
		return
	}

	data.set(found, reader.Region())
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
