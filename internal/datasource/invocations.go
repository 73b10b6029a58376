package datasource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

var (
	_ datasource.DataSourceWithConfigure        = (*invocations)(nil)
	_ datasource.DataSourceWithConfigValidators = (*invocations)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*invocations)(nil)
)

// invocations is data "ssm_command_invocations": commands on their nodes, with all
// steps (ListCommandInvocations).
type invocations struct{ base }

// Metadata names the data source.
func (d *invocations) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocations"
}

// Schema describes the arguments and attributes.
func (d *invocations) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = invocationsSchema(ctx)
}

// ConfigValidators keep a configuration from reading 30 days of an account's
// history by leaving everything out.
func (d *invocations) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.AtLeastOneOf(
		path.MatchRoot("command_id"), path.MatchRoot("instance_id"), path.MatchRoot("status"),
		path.MatchRoot("document_name"), path.MatchRoot("invoked_after"), path.MatchRoot("invoked_before"),
	)}
}

// ValidateConfig checks what no single argument can tell; all of it before any
// request. An unknown value is let through: the Read sees it known.
func (d *invocations) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data invocationsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(checkRegion(data.Region, d.plausible)...)
	resp.Diagnostics.Append(data.patience().check(data.VisibilityTimeout)...)
	resp.Diagnostics.Append(checkSuccess(data.RequireSuccess, data.WaitForCompletion)...)
	if !data.CommandID.IsNull() {
		return
	}
	if data.WaitForCompletion.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("wait_for_completion"), "Invalid Attribute Combination",
			"wait_for_completion = true waits for the end of a command, and needs command_id: without it nobody says what is still to come.")
	}
	if data.RequireSuccess.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("require_success"), "Invalid Attribute Combination",
			"require_success judges a command, and needs command_id: without it, what is found depends on what else was run.")
	}
}

// Read reads the invocations, and waits for them as far as it was asked to.
func (d *invocations) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	started := time.Now()
	var data invocationsModel
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

	result, err := reader.Invocations(ctx, query)

	asked := data.asked(reader.Region())
	switch {
	case err != nil:
		resp.Diagnostics.Append(diagnose(asked, err, false))
	case data.RequireSuccess.ValueBool() && !succeeded(result.All):
		resp.Diagnostics.Append(nodesFailed(asked, result))
	case result.NoNodeMatched:
		resp.Diagnostics.Append(noNodeMatched(asked, result))
	}
	if resp.Diagnostics.HasError() {
		return
	}

	data.set(result.Invocations, reader.Region())
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
