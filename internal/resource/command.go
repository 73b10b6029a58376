// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

var (
	_ resource.ResourceWithConfigure        = (*command)(nil)
	_ resource.ResourceWithConfigValidators = (*command)(nil)
	_ resource.ResourceWithValidateConfig   = (*command)(nil)
	_ resource.ResourceWithModifyPlan       = (*command)(nil)
	_ resource.ResourceWithIdentity         = (*command)(nil)
	_ resource.ResourceWithImportState      = (*command)(nil)
)

// All lists the constructors of the resources.
func All() []func() resource.Resource { return []func() resource.Resource{NewCommand} }

// command is resource "ssm_command": a command that is sent once (SendCommand), with its results.
type command struct{ clients framework.Clients }

// NewCommand returns resource "ssm_command".
func NewCommand() resource.Resource { return &command{} }

// commandModel has the arguments and attributes of resource "ssm_command".
type commandModel struct{ model.CommandResource }

// Metadata names the resource. Its identity is mutable, because a refresh adds the command ID if it
// finds a command whose response was lost.
func (r *command) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command"
	resp.ResourceBehavior = resource.ResourceBehavior{MutableIdentity: true}
}

// IdentitySchema describes the identity.
func (r *command) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"command_id": identityschema.StringAttribute{RequiredForImport: true, Description: "The command ID, a UUID of 36 characters."},
		"region":     identityschema.StringAttribute{OptionalForImport: true, Description: "The Region in which the command was sent. Defaults to the provider's Region."},
	}}
}

// setIdentity sets the identity of a state. Versions of Terraform without identities pass nil.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, m *commandModel) diag.Diagnostics {
	if identity == nil {
		return nil
	}
	return identity.Set(ctx, m.Identity())
}

// Configure takes the clients from the provider.
func (r *command) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	clients, diags := framework.FromProviderData(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	r.clients = clients
}
