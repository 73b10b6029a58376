// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// providerServer is the server of the provider. It changes one operation of the framework's server.
type providerServer struct{ operations }

// operations are the operations of the protocol that the provider has. Those of list resources and
// actions are not yet in [tfprotov6.ProviderServer].
type operations interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

// NewServer returns the server of the provider, for protocol version 6. The arguments are those of
// [New].
func NewServer(interrupt context.Context, version string) tfprotov6.ProviderServer {
	server := providerserver.NewProtocol6(New(interrupt, version)())()
	return providerServer{server.(operations)} //nolint:errcheck // The framework's server has all operations.
}

// ValidateActionConfig validates the configuration of an action, and removes a wrong error.
// terraform-plugin-framework 1.19 rejects every value of a write-only argument unless the request
// says that Terraform supports such arguments. The request to validate an action does not have that
// member, but all versions of Terraform with actions support write-only arguments.
func (s providerServer) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.operations.ValidateActionConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = slices.DeleteFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
			return d.Summary == "WriteOnly Attribute Not Allowed"
		})
	}
	return resp, err
}
