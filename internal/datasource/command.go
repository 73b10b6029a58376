package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ datasource.DataSourceWithConfigure        = (*command)(nil)
	_ datasource.DataSourceWithConfigValidators = (*command)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*command)(nil)
)

// command is data "ssm_command": one command across its nodes (ListCommands).
type command struct{ base }

// Metadata names the data source.
func (d *command) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command"
}

// Schema describes the arguments and attributes.
func (d *command) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandSchema(ctx)
}

// ConfigValidators say which arguments name the command.
func (d *command) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("command_id"), path.MatchRoot("comment")),
	}
}

// ValidateConfig checks what no single argument can tell; all of it before any
// request. An unknown value is let through: the Read sees it known.
func (d *command) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(checkRegion(data.Region, d.plausible)...)
	resp.Diagnostics.Append(data.patience().check(data.VisibilityTimeout)...)
	resp.Diagnostics.Append(checkSuccess(data.RequireSuccess, data.WaitForCompletion)...)
}

// Read reads the command, and waits for it as far as it was asked to.
func (d *command) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	started := time.Now()
	var data commandModel
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

	found, err := reader.Command(ctx, query)

	asked := data.asked(reader.Region())
	var values commandValues
	var missing *runcommand.NotFoundError
	switch {
	case err == nil:
		values = newCommandValues(found)
		if data.RequireSuccess.ValueBool() && !found.Succeeded() {
			resp.Diagnostics.Append(commandFailed(asked, found))
		}
	case errors.As(err, &missing) && missing.CommandUnknown() && data.AllowMissing.ValueBool():
		// Null values, without error or warning: history is kept for 30 days, and a
		// data source is read at every plan.
	default:
		resp.Diagnostics.Append(diagnose(asked, err, data.AllowMissing.ValueBool()))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	data.set(values, reader.Region())
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
