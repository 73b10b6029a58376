package datasource

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Readers hands a data source the Run Command reader for a region. The provider
// implements it: which credentials and endpoint are used is its business.
type Readers interface {
	// Reader returns the reader for region, or for the provider's own region where
	// region is "". It fetches credentials at the first call.
	Reader(ctx context.Context, region string) (*runcommand.Reader, diag.Diagnostics)
}

// All lists the data sources.
//
// plausible tells whether a region may be one, as far as the provider's
// skip_region_validation lets that be told; it is asked at validation, before a
// data source is configured.
func All(plausible func(region string) bool) []func() datasource.DataSource {
	b := base{plausible: plausible}
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &commandInvocation{base: b} },
		func() datasource.DataSource { return &command{base: b} },
		func() datasource.DataSource { return &invocations{base: b} },
		func() datasource.DataSource { return &commands{base: b} },
	}
}

// base is what every data source embeds: the readers, once configured.
type base struct {
	readers   Readers
	plausible func(region string) bool
}

// Configure takes the readers from the provider. Terraform also calls it at
// validation, before the provider is configured, with nothing.
func (b *base) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	readers, diags := AsReaders(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	b.readers = readers
}

// AsReaders takes what the provider handed over for what it must be.
func AsReaders(data any) (Readers, diag.Diagnostics) {
	readers, ok := data.(Readers)
	if !ok {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Unexpected Provider Data",
			fmt.Sprintf("The provider handed over a %T where readers of Run Command were expected. This is a defect of the provider; please report it.", data))}
	}
	return readers, nil
}
