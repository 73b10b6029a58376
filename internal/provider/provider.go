package provider

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	ssmdatasource "github.com/ssm-provider/terraform-provider-ssm/internal/datasource"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	ssmephemeral "github.com/ssm-provider/terraform-provider-ssm/internal/ephemeral"
)

var (
	_ provider.Provider                       = (*ssmProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*ssmProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*ssmProvider)(nil)
	_ ssmdatasource.Readers                   = (*readers)(nil)
)

// New returns what makes the provider. The version appears in its user agent; all
// of its reads end when life is closed, which a nil one never is.
func New(version string, life <-chan struct{}) func() provider.Provider {
	return func() provider.Provider {
		return &ssmProvider{version: version, life: life}
	}
}

type ssmProvider struct {
	version string
	life    <-chan struct{}

	// strangeRegions is set once a provider block was seen that has
	// skip_region_validation, or may have it. See DataSources.
	strangeRegions atomic.Bool
}

// Metadata names the provider and its version.
func (p *ssmProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "ssm"
	resp.Version = p.version
}

// Schema returns the provider block.
func (p *ssmProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = blockSchema()
}

// ValidateConfig checks the arguments that are known, without a request.
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
	opts, problems, diags := decode(ctx, config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if opts.SkipRegionValidation || slices.Contains(unknown, "skip_region_validation") {
		p.strangeRegions.Store(true)
	}
	for _, problem := range problems {
		// With another value of an argument that is unknown, there may be no problem.
		if !slices.ContainsFunc(unknown, problem.Concerns) {
			resp.Diagnostics.Append(optionDiagnostic(problem))
		}
	}
}

// Configure prepares the clients. It sends nothing and looks for no credentials:
// a plan that reads nothing needs none.
func (p *ssmProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	unknown, err := unknownArguments(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	if len(unknown) > 0 {
		// Terraform calls Configure during plan with what is known by then. An unknown
		// argument decodes as an empty one, and clients made of that would read with
		// the default credentials, in the default region. So there are no clients, and
		// each read that is made nevertheless fails (readers.Reader). It is no error
		// here, because a plan may well not read anything.
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		}
		p.handOn(resp, &readers{unknown: unknown})
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
	clients, err := awsclient.New(opts)
	if err != nil {
		resp.Diagnostics.Append(diagnose(err))
		return
	}
	p.handOn(resp, newReaders(p.life, clients, opts.SkipRegionValidation))
}

// handOn gives the readers to everything that reads.
func (p *ssmProvider) handOn(resp *provider.ConfigureResponse, r *readers) {
	resp.DataSourceData = r
	resp.EphemeralResourceData = r
}

// DataSources lists the data sources.
//
// They check their own "region" when Terraform validates them, before Configure,
// so skip_region_validation has to reach them another way: Terraform validates the
// provider block before the data sources that use it, in one process. Where several
// blocks share a process, one of them may switch the check off for another's data
// sources too. That is harmless: the read checks again, by its own block.
func (p *ssmProvider) DataSources(context.Context) []func() datasource.DataSource {
	return ssmdatasource.All(p.plausible)
}

// EphemeralResources lists the ephemeral resources. A Terraform that knows of none
// goes on with the rest.
func (p *ssmProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return ssmephemeral.All(p.plausible)
}

// plausible tells whether a region may be one, as far as that is known at validation.
func (p *ssmProvider) plausible(region string) bool {
	return p.strangeRegions.Load() || awsclient.LooksLikeRegion(region)
}

// Resources is empty: this provider only reads.
func (p *ssmProvider) Resources(context.Context) []func() resource.Resource {
	return nil
}

// optionDiagnostic returns the diagnostic for a problem of one argument, at that argument.
func optionDiagnostic(problem *awsclient.OptionError) diag.Diagnostic {
	if problem.Argument == "" {
		return diagnose(problem)
	}
	return diagnostics.AttributeError(argumentPath(problem.Argument), summaryInvalidConfiguration, diagnostics.Textf("%s", problem))
}
