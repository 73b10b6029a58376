// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	ssmaction "github.com/ssm-provider/terraform-provider-ssm/internal/action"
	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	ssmdatasource "github.com/ssm-provider/terraform-provider-ssm/internal/datasource"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	ssmephemeral "github.com/ssm-provider/terraform-provider-ssm/internal/ephemeral"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	ssmfunction "github.com/ssm-provider/terraform-provider-ssm/internal/function"
	ssmlist "github.com/ssm-provider/terraform-provider-ssm/internal/list"
	ssmresource "github.com/ssm-provider/terraform-provider-ssm/internal/resource"
)

var (
	_ provider.Provider                       = (*ssmProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*ssmProvider)(nil)
	_ provider.ProviderWithActions            = (*ssmProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*ssmProvider)(nil)
	_ provider.ProviderWithListResources      = (*ssmProvider)(nil)
	_ provider.ProviderWithFunctions          = (*ssmProvider)(nil)
	_ framework.Clients                       = (*clients)(nil)
)

// New returns the constructor of the provider. The user agent contains the version. All reads end
// when interrupt is done.
func New(interrupt context.Context, version string) func() provider.Provider {
	return func() provider.Provider {
		return &ssmProvider{version: version, interrupt: interrupt}
	}
}

type ssmProvider struct {
	version   string
	interrupt context.Context
}

// Metadata returns the name and the version of the provider.
func (p *ssmProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "ssm"
	resp.Version = p.version
}

// Schema returns the provider block.
func (p *ssmProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = blockSchema()
}

// ValidateConfig validates the known arguments, without a request.
func (p *ssmProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	unknown, err := unknownArguments(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	config, err := withoutUnknown(req.Config)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	_, problems, diags := decode(ctx, config)
	resp.Diagnostics.Append(diags...)
	for _, problem := range problems {
		// The problem may depend on the value of an unknown argument.
		if !slices.ContainsFunc(unknown, problem.Concerns) {
			resp.Diagnostics.Append(optionDiagnostic(problem))
		}
	}
}

// Configure creates the clients. It sends no request and fetches no credentials: a plan that reads
// nothing needs none.
func (p *ssmProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	unknown, err := unknownArguments(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	if len(unknown) > 0 {
		// Terraform calls Configure during plan with the values known by then. An unknown argument
		// decodes as an empty one, and clients with that would read with the default credentials,
		// in the default Region. So the provider creates no clients, and a read fails
		// (clients.Client). It is not an error here, because a plan may not read anything.
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		setProviderData(resp, &clients{unknown: unknown})
		return
	}

	opts, problems, diags := decode(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	for _, problem := range problems {
		resp.Diagnostics.Append(optionDiagnostic(problem))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	// Not in ValidateConfig, which Terraform calls twice for a plan.
	resp.Diagnostics.Append(warnings(opts)...)
	opts.ProviderVersion = p.version
	opts.TerraformVersion = req.TerraformVersion
	aws, err := awsclient.New(opts)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	setProviderData(resp, newClients(p.interrupt, aws, opts.SkipRegionValidation)) //nolint:contextcheck // It outlives Configure.
}

// setProviderData passes the clients to every kind of object.
func setProviderData(resp *provider.ConfigureResponse, c *clients) {
	resp.DataSourceData = c
	resp.EphemeralResourceData = c
	resp.ResourceData = c
	resp.ActionData = c
	resp.ListResourceData = c
}

// DataSources lists the data sources.
func (p *ssmProvider) DataSources(context.Context) []func() datasource.DataSource {
	return ssmdatasource.All()
}

// EphemeralResources lists the ephemeral resources. A version of Terraform without ephemeral
// resources ignores them.
func (p *ssmProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return ssmephemeral.All()
}

// Functions lists the functions. A version of Terraform without functions of providers ignores
// them.
func (p *ssmProvider) Functions(context.Context) []func() function.Function {
	return ssmfunction.All()
}

// Actions lists the actions. A version of Terraform without actions ignores them.
func (p *ssmProvider) Actions(context.Context) []func() action.Action {
	return ssmaction.All()
}

// ListResources lists the list resources. A version of Terraform without queries ignores them.
func (p *ssmProvider) ListResources(context.Context) []func() list.ListResource {
	return ssmlist.All()
}

// Resources lists the resources.
func (p *ssmProvider) Resources(context.Context) []func() resource.Resource {
	return ssmresource.All()
}

// optionDiagnostic returns the diagnostic for a problem of one argument, with its path.
func optionDiagnostic(problem *awsclient.OptionError) diag.Diagnostic {
	if problem.Argument == "" {
		return diagnose(problem)
	}
	return diagnostics.AttributeError(argumentPath(problem.Argument), summaryInvalidConfiguration, diagnostics.Textf("%s", problem))
}
