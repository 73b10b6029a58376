// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Create sends the command, waits for it unless wait_for_completion is false, and stores the
// results.
//
// After the command was or may have been sent, Create always returns a state, even with an error.
// Terraform then marks the resource as tainted, and keeps the command ID.
func (r *command) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var plan commandModel
	var writeOnly types.Map
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("parameters_wo"), &writeOnly)...)
	resp.Diagnostics.Append(plan.ValidateSecret(writeOnly)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := plan.Timeouts.Create(ctx, 0)
	resp.Diagnostics.Append(diags...)
	run, diags := plan.Run(ctx, writeOnly, started, timeout)
	run.Output = plan.StoresOutput()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	client, diags := framework.ClientFor(ctx, r.clients, plan.Region, framework.CredentialsLimit)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	result, err := client.Run(ctx, run)

	subject := plan.Subject(run, client.Region())
	subject.Timeout = "timeouts.create"
	if !plan.StoresOutput() {
		subject.OutputIsSecret = "store_output is false"
	}
	kept := private{ResultsRead: result.EntriesRead && (result.OutputRead || !plan.StoresOutput())}
	var perhaps *runcommand.PerhapsSentError
	switch {
	case errors.As(err, &perhaps):
		result.Results = runcommand.Results{} // A command in the results is an earlier one, which matched no node.
		kept = private{Unknown: &unknownSend{
			Request: perhaps.Request, Within: perhaps.Within, EarlierLost: perhaps.EarlierLost, Undated: perhaps.Undated,
			Unique: perhaps.Unique,
		}}
	case result.Command.CommandID == "":
		resp.Diagnostics.Append(diagnostics.RunFailed(subject, result, err))
		return // No command was sent, so there is no state.
	}
	resp.Diagnostics.Append(storeID(ctx, &resp.State, req.Plan, result.Command.CommandID, run.Send.Comment, client.Region())...)
	resp.Diagnostics.Append(kept.write(ctx, resp.Private)...)
	plan.SetSent(run.Send, result.Command, client.Region())
	plan.SetResults(result.Results)
	resp.Diagnostics.Append(setIdentity(ctx, resp.Identity, &plan)...)
	stored := resp.State
	if diags := stored.Set(ctx, &plan); diags.HasError() {
		resp.Diagnostics.Append(diags...)
	} else {
		resp.State = stored
	}
	resp.Diagnostics.Append(diagnostics.RunEnded(subject, result, err)...)
}

// storeID sets the state to the plan with the command ID, and null for other unknown values. It
// does not use the configuration, which can have write-only values: Terraform rejects a state with
// such a value, and would lose the command ID.
func storeID(ctx context.Context, state *tfsdk.State, plan tfsdk.Plan, id, comment, region string) diag.Diagnostics {
	known, err := tftypes.Transform(plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() {
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
	if err != nil {
		return diag.Diagnostics{diagnostics.Error("Unexpected Error",
			diagnostics.Textf("Storing the command %s failed: %s. This is a defect of the provider. Please report it.", id, err))}
	}
	state.Raw = known
	var diags diag.Diagnostics
	for name, value := range map[string]string{"command_id": id, "comment": comment, "region": region} {
		diags.Append(state.SetAttribute(ctx, path.Root(name), framework.StringOrNull(value))...)
	}
	return diags
}
