// SPDX-License-Identifier: MPL-2.0

// Package framework has what every kind of object needs of the plugin framework: the clients that
// the provider passes on, timeouts, arguments, validators, the mapping of values, and the
// conversion of schemas from one kind to another.
package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Clients returns Run Command clients by Region. The provider implements it: which credentials and
// endpoints they use is its business.
type Clients interface {
	// Client returns the client of a Region, or of the provider's own Region for "". The first
	// call fetches credentials.
	Client(ctx context.Context, region string) (*runcommand.Client, diag.Diagnostics)
}

// FromProviderData returns the clients in what the provider passed to an object. Terraform also
// configures objects for validation, before the provider: then data is nil, and so are the clients.
func FromProviderData(data any) (Clients, diag.Diagnostics) {
	if data == nil {
		return nil, nil
	}
	clients, ok := data.(Clients)
	if !ok {
		return nil, diag.Diagnostics{diagnostics.Error("Unexpected Provider Data",
			diagnostics.Textf("The provider passed a %T instead of its clients. This is a defect of the provider. Please report it.", data))}
	}
	return clients, nil
}
