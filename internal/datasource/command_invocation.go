// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

var (
	_ datasource.DataSourceWithConfigure      = (*commandInvocation)(nil)
	_ datasource.DataSourceWithValidateConfig = (*commandInvocation)(nil)
)

// commandInvocation is data "ssm_command_invocation": the result of one step of a command on one
// node (GetCommandInvocation).
type commandInvocation struct{ base }

// NewCommandInvocation returns data "ssm_command_invocation".
func NewCommandInvocation() datasource.DataSource { return &commandInvocation{} }

// Metadata names the data source.
func (d *commandInvocation) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocation"
}

// Schema describes the arguments and attributes.
func (d *commandInvocation) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = commandInvocationSchema(ctx)
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Read.
func (d *commandInvocation) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data commandInvocationModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Validate(data.limits())...)
}

// Read reads the invocation, and waits until it is complete unless wait_for_completion is false.
func (d *commandInvocation) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data commandInvocationModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	values, diags := data.Read(ctx, d.clients, started, data.limits(), diagnostics.InvocationFailed)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.SetComputed(&resp.State.Raw, values)
}

// commandInvocationModel has the arguments of data "ssm_command_invocation".
type commandInvocationModel struct {
	model.InvocationArguments

	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// limits returns the time limit in the timeouts block.
func (m *commandInvocationModel) limits() framework.Timeouts {
	return framework.Timeouts{Attribute: "read", Block: m.Timeouts.Object}
}

// commandInvocationSchema returns the schema of data "ssm_command_invocation".
func commandInvocationSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Reads the result of one command, or of one step of it, on one managed node: status, exit code, standard output, and standard error " +
			"(`GetCommandInvocation`).\n\n" +
			"The API is eventually consistent. This data source waits until the invocation is visible and, by default, until it is complete, " +
			"during `plan` as well as `apply`. A failed command is not an error unless `require_success` is set.\n\n" +
			"~> Terraform stores all attributes, the contents of standard output and standard error included, in plan and state files.",
		Attributes: model.InvocationAttributes(),
		Blocks:     timeoutsBlock(ctx, framework.TimeoutText),
	}
}
