// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
)

// All lists the constructors of the data sources.
func All() []func() datasource.DataSource {
	return []func() datasource.DataSource{NewCommandInvocation, NewCommand, NewCommandInvocations, NewCommands, NewManagedNodes}
}

// base is embedded in every data source. Its clients are nil until Terraform calls Configure.
type base struct{ clients framework.Clients }

// Configure takes the clients from the provider.
func (b *base) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	clients, diags := framework.FromProviderData(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	b.clients = clients
}

// timeoutsBlock returns the timeouts block of a data source, whose one argument is read. The
// description is that of the argument.
func timeoutsBlock(ctx context.Context, description string) map[string]schema.Block {
	block, _ := timeouts.BlockWithOpts(ctx, timeouts.Opts{ReadDescription: description}).(schema.SingleNestedBlock)
	block.MarkdownDescription = framework.TimeoutsText
	return map[string]schema.Block{"timeouts": block}
}
