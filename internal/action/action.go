// SPDX-License-Identifier: MPL-2.0

package action

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
)

// All lists the constructors of the actions.
func All() []func() action.Action {
	return []func() action.Action{NewSendCommand, NewCancelCommand}
}

// base is embedded in every action. Its clients are nil until Terraform calls Configure.
type base struct{ clients framework.Clients }

// Configure takes the clients from the provider.
func (b *base) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	clients, diags := framework.FromProviderData(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	b.clients = clients
}

// timeoutsBlock returns the timeouts block of an action, whose one argument is invoke. The
// description is that of the argument.
func timeoutsBlock(ctx context.Context, description string) map[string]schema.Block {
	block, _ := timeouts.BlockWithOpts(ctx, timeouts.Opts{InvokeDescription: description}).(schema.SingleNestedBlock)
	block.MarkdownDescription = framework.TimeoutsText
	return map[string]schema.Block{"timeouts": block}
}
