// SPDX-License-Identifier: MPL-2.0

package list

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/list/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ list.ListResourceWithConfigure      = (*command)(nil)
	_ list.ListResourceWithValidateConfig = (*command)(nil)
)

// command is list "ssm_command" (ListCommands).
type command struct{ clients framework.Clients }

// NewCommand returns list "ssm_command".
func NewCommand() list.ListResource { return &command{} }

// commandModel has the arguments of list "ssm_command".
type commandModel struct {
	model.CommandFilters
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Metadata names the list resource, which must have the name of the resource.
func (l *command) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command"
}

// ListResourceConfigSchema describes the arguments, which are those of data "ssm_commands".
func (l *command) ListResourceConfigSchema(ctx context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	attributes := framework.ListAttributes(model.CommandFilterAttributes())
	attributes["region"] = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "The Region whose commands are listed. Defaults to the provider's Region.",
	}
	block, _ := timeouts.BlockWithOpts(ctx, timeouts.Opts{ListDescription: framework.ListTimeoutText}).(schema.SingleNestedBlock)
	block.MarkdownDescription = framework.TimeoutsText
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the account's commands by filter, newest first (`ListCommands`), to import them into the resource `ssm_command`. " +
			"Systems Manager keeps a command's history for 30 days. A query sends no command, and neither does an import of what it finds.\n\n" +
			"~> With `include_resource = true`, and in generated configuration, the results have the parameters of the commands, secrets included.",
		Attributes: attributes,
		Blocks:     map[string]schema.Block{"timeouts": block},
	}
}

// Configure takes the clients from the provider.
func (l *command) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	clients, diags := framework.FromProviderData(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	l.clients = clients
}

// ValidateListResourceConfig rejects arguments that exclude each other, before any request.
func (l *command) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse) {
	var config commandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(config.Validate()...)
	resp.Diagnostics.Append(framework.ValidateTimeout(config.Timeouts.Object, "list")...)
}

// List lists the commands, up to the limit of the request. It reads no page beyond the limit.
func (l *command) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	found, region, diags := l.commands(ctx, req)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for i := range found {
			if !push(result(ctx, req, &found[i], region)) {
				return
			}
		}
	}
}

// commands reads the commands, and returns the Region that it read them from.
func (l *command) commands(ctx context.Context, req list.ListRequest) (found []runcommand.Command, region string, diags diag.Diagnostics) {
	defer framework.Recover(&diags)
	var config commandModel
	diags = req.Config.Get(ctx, &config)
	timeout, more := config.Timeouts.List(ctx, framework.DefaultTimeout)
	diags.Append(more...)
	if diags.HasError() {
		return nil, "", diags
	}
	query := config.Query()
	query.MaxResults, query.Started, query.Timeout = int(req.Limit), time.Now(), timeout
	client, more := framework.ClientFor(ctx, l.clients, config.Region, timeout)
	diags.Append(more...)
	if diags.HasError() {
		return nil, "", diags
	}
	found, err := client.Commands(ctx, query)
	if err != nil {
		subject := config.Subject(client.Region())
		subject.Timeout = "timeouts.list"
		diags.Append(diagnostics.ReadFailed(subject, err, false))
	}
	return found, client.Region(), diags
}

// result returns the identity of a command. If the query has include_resource = true, the result
// also has the resource, as an import would store it.
func result(ctx context.Context, req list.ListRequest, c *runcommand.Command, region string) (r list.ListResult) {
	r = req.NewListResult(ctx)
	defer framework.Recover(&r.Diagnostics)
	state := model.NewCommandResource(*c, region)
	r.DisplayName = displayName(c)
	r.Diagnostics.Append(r.Identity.Set(ctx, state.Identity())...)
	if req.IncludeResource {
		r.Diagnostics.Append(r.Resource.Set(ctx, &state)...)
	}
	return r
}

// displayName returns the text that a query shows for a command: document, time, status, and
// comment.
func displayName(c *runcommand.Command) string {
	name := diagnostics.Textf("%s %s %s", c.DocumentName, c.RequestedDateTime.UTC().Format(time.RFC3339), c.Status)
	if c.Comment != "" {
		name += diagnostics.Textf(" %q", c.Comment)
	}
	return diagnostics.Line(name)
}
