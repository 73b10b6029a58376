// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

// ImportState imports a command that another caller sent, by COMMAND_ID, COMMAND_ID@REGION, or its
// identity, within the 30 days for which Systems Manager keeps it. It stores every argument that
// the service returns, so that a plan shows no difference. Terraform then calls Read for the
// results.
func (r *command) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	defer framework.Recover(&resp.Diagnostics)
	given := req.ID
	id, region, _ := strings.Cut(given, "@")
	if given == "" && req.Identity != nil {
		var identity model.CommandIdentity
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		id, region = identity.CommandID.ValueString(), identity.Region.ValueString()
		given = id
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if !framework.IsCommandID(id) || strings.HasSuffix(given, "@") {
		resp.Diagnostics.Append(diagnostics.InvalidImportID(given))
		return
	}
	client, diags := framework.ClientFor(ctx, r.clients, framework.StringOrNull(region), framework.CredentialsLimit)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := client.LookUpCommand(ctx, strings.ToLower(id), readLimit) // The service's IDs are in lower case.
	if err != nil || found == nil {
		resp.Diagnostics.Append(diagnostics.NotImported(id, client.Region(), err))
		return
	}
	client.Claim(found.CommandID)
	state := commandModel{model.NewCommandResource(*found, client.Region())}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(private{Imported: true}.write(ctx, resp.Private)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, &state)...)
}
