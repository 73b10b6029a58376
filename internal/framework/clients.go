// SPDX-License-Identifier: MPL-2.0

// Package framework has the parts of every kind of object that depend on the plugin framework: the
// clients that the provider passes to objects, timeouts, shared arguments, validators, the mapping
// of values, and the conversion of schemas from one kind of object to another.
package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Clients returns Run Command clients by Region. The provider implements it, and decides which
// credentials and endpoints the clients use.
type Clients interface {
	// Client returns the client of a Region, or of the provider's own Region for "". The first
	// call fetches credentials.
	Client(ctx context.Context, region string) (*runcommand.Client, diag.Diagnostics)
	// Claim says that a command is that of an object in the state, so that no search takes it for
	// the command of another object. It makes no request.
	Claim(commandID string)
}

// FromProviderData returns the clients from the data that the provider passed to an object. Both
// are nil if Terraform configures the object before the provider, which it does for validation.
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
