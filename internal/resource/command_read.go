// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// readLimit is the maximum time of a refresh. A refresh does not wait for the command, so the limit
// only matters if the service does not respond.
const readLimit = 2 * time.Minute

// Read stores the status and the results of a command that was not complete. It makes no request if
// the results are stored. It never removes the resource, and does not fail if the command cannot be
// read, because the stored values stay valid.
func (r *command) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	var state commandModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	kept, diags := readPrivate(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform rejects a refresh without an identity, even a version that does not store identities.
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, &state)...)
	if !state.CommandID.IsNull() {
		r.clients.Claim(state.CommandID.ValueString())
	}
	if !state.needsRead(kept) {
		return
	}
	resp.Diagnostics.Append(r.refresh(ctx, &state, &kept)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, &state)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(kept.write(ctx, resp.Private)...)
}

// needsRead reports whether Systems Manager can have values that the state does not have.
func (m *commandModel) needsRead(kept private) bool {
	if m.CommandID.IsNull() {
		return true
	}
	requested := m.Command().RequestedDateTime // Zero if the response to SendCommand did not have it.
	return (!m.Complete() || !kept.ResultsRead) && (requested.IsZero() || time.Since(requested) < runcommand.History)
}

// refresh reads the values that the state does not have, once. It returns warnings.
func (r *command) refresh(ctx context.Context, state *commandModel, kept *private) diag.Diagnostics {
	subject := state.stored()
	client, diags := framework.ClientFor(ctx, r.clients, state.Region, framework.CredentialsLimit)
	if diags.HasError() {
		return diag.Diagnostics{diagnostics.StatusNotRead(subject, diagnostics.Causes(diags))}
	}
	if state.CommandID.IsNull() {
		found, err := state.findLost(ctx, client, *kept)
		if found == nil {
			return diag.Diagnostics{diagnostics.StillPerhapsSent(subject, err)}
		}
		*kept = private{Imported: kept.Imported}
		state.SetResults(runcommand.Results{Command: *found})
		subject = state.stored()
	}

	command := state.Command()
	ran := !command.Complete()
	if ran {
		found, err := client.LookUpCommand(ctx, command.CommandID, readLimit)
		switch {
		case err != nil:
			return diag.Diagnostics{diagnostics.StatusNotRead(subject, diagnostics.Cause(err))}
		case found == nil:
			return diag.Diagnostics{diagnostics.StatusNotRead(subject, "Systems Manager has no record of the command in this account and Region")}
		}
		command = *found
		state.SetResults(runcommand.Results{Command: command})
	}
	if !command.Complete() {
		return nil
	}
	results, err := client.Results(ctx, runcommand.ResultsQuery{Command: command, Ran: ran, Output: state.StoresOutput(), Timeout: readLimit})
	if err == nil || !state.HasOutput() {
		state.SetResults(results) // With an error, results can lack output that the state has.
	}
	kept.ResultsRead = err == nil
	var warnings diag.Diagnostics
	if err != nil {
		warnings.Append(diagnostics.StatusNotRead(subject, diagnostics.Cause(err)))
	}
	if results.Omitted > 0 {
		warnings.Append(diagnostics.OutputOmitted(subject, runcommand.RunResult{Results: results}))
	}
	return warnings
}

// stored returns what error messages need about the command in a state.
func (m *commandModel) stored() diagnostics.Sending {
	return diagnostics.Sending{
		CommandID: m.CommandID.ValueString(), Document: m.DocumentName.ValueString(), Comment: m.Comment.ValueString(), Region: m.Region.ValueString(),
		Requested: m.Command().RequestedDateTime, Timeout: "timeouts.delete",
	}
}
