package datasource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
)

var (
	_ datasource.DataSourceWithConfigure      = (*commandInvocation)(nil)
	_ datasource.DataSourceWithValidateConfig = (*commandInvocation)(nil)
)

// commandInvocation is data "ssm_command_invocation": what one step of a command
// did on one node (GetCommandInvocation).
type commandInvocation struct{ base }

// Metadata names the data source.
func (d *commandInvocation) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocation"
}

// Schema describes the arguments and attributes.
func (d *commandInvocation) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandInvocationSchema(ctx)
}

// ValidateConfig checks what no single argument can tell; all of it before any
// request. An unknown value is let through: the Read sees it known.
func (d *commandInvocation) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandInvocationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Validate(d.plausible, data.patience())...)
}

// Read reads the invocation, and waits for it as far as it was asked to.
func (d *commandInvocation) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	started := time.Now()
	var data commandInvocationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Read(ctx, d.readers, started, data.patience(), failed)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
