// SPDX-License-Identifier: MPL-2.0

package ephemeral

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*commandInvocation)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*commandInvocation)(nil)
)

// All lists the constructors of the ephemeral resources.
func All() []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{NewCommandInvocation}
}

// commandInvocation is ephemeral "ssm_command_invocation".
type commandInvocation struct{ clients framework.Clients }

// NewCommandInvocation returns ephemeral "ssm_command_invocation".
func NewCommandInvocation() ephemeral.EphemeralResource { return &commandInvocation{} }

// commandInvocationModel has the arguments of the data source of that name, and the timeouts block
// of an ephemeral resource.
type commandInvocationModel struct {
	model.InvocationArguments
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Metadata names the ephemeral resource.
func (r *commandInvocation) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocation"
}

// Schema describes the arguments and attributes, which are those of the data source.
func (r *commandInvocation) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	block, _ := timeouts.BlockWithOpts(ctx, timeouts.Opts{OpenDescription: framework.TimeoutText}).(schema.SingleNestedBlock)
	block.MarkdownDescription = framework.TimeoutsText
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the result of one command, or of one step of it, on one managed node, and stores none of it in plan or state. " +
			"Use it for secret output, such as a join token or a generated password. It has the arguments and attributes of the data source `ssm_command_invocation`.\n\n" +
			"Terraform opens an ephemeral resource in every plan, apply, and destroy; `terraform destroy -refresh=false` opens it only if its values configure a provider. " +
			"Systems Manager keeps a command's history for 30 days. After that, opening it is an error unless `allow_missing` is set. " +
			"Errors show the status, its details, the exit code, and the sizes of both streams, and never any of the output.",
		Attributes: framework.EphemeralAttributes(model.InvocationAttributes()),
		Blocks:     map[string]schema.Block{"timeouts": block},
	}
}

// Configure takes the clients from the provider.
func (r *commandInvocation) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	clients, diags := framework.FromProviderData(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	r.clients = clients
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Open.
func (r *commandInvocation) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var data commandInvocationModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Validate(data.limits())...)
}

// Open reads the invocation, and waits until it is complete unless wait_for_completion is false.
func (r *commandInvocation) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data commandInvocationModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	values, diags := data.Read(ctx, r.clients, started, data.limits(), diagnostics.InvocationFailedWithoutOutput)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	framework.SetComputed(&resp.Result.Raw, values)
}

// limits returns the time limit in the timeouts block.
func (m *commandInvocationModel) limits() framework.Timeouts {
	return framework.Timeouts{Attribute: "open", Block: m.Timeouts.Object}
}
