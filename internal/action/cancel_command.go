// SPDX-License-Identifier: MPL-2.0

package action

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ action.ActionWithConfigure      = (*cancelCommand)(nil)
	_ action.ActionWithValidateConfig = (*cancelCommand)(nil)
)

// defaultCancelTimeout is the default of timeouts.invoke.
const defaultCancelTimeout = 5 * time.Minute

// cancelCommand is action "ssm_cancel_command" (CancelCommand).
type cancelCommand struct{ base }

// NewCancelCommand returns action "ssm_cancel_command".
func NewCancelCommand() action.Action { return &cancelCommand{} }

// cancelCommandModel has the arguments of action "ssm_cancel_command".
type cancelCommandModel struct {
	CommandID         types.String   `tfsdk:"command_id"`
	InstanceIDs       types.Set      `tfsdk:"instance_ids"`
	Region            types.String   `tfsdk:"region"`
	WaitForCompletion types.Bool     `tfsdk:"wait_for_completion"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

// Metadata names the action.
func (a *cancelCommand) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cancel_command"
}

// Schema describes the arguments.
func (a *cancelCommand) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Cancels a command (`CancelCommand`). Canceling asks the agents to stop the script. A command can complete before that, and processes that the script started can continue. " +
			"A command that is complete, or that Systems Manager has no record of, is a success: a line of progress says which.",
		Attributes: map[string]schema.Attribute{
			"command_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: framework.CommandIDText,
				Validators:          []validator.String{framework.CommandID},
			},
			"instance_ids": schema.SetAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "IDs of the managed nodes on which to cancel the command, up to 50. Defaults to all its nodes.",
				Validators: []validator.Set{
					setvalidator.SizeBetween(1, model.MostInstanceIDs), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(framework.InstanceID),
				},
			},
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Region in which the command was sent. Defaults to the provider's Region.",
			},
			"wait_for_completion": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to wait until the command is complete, on the given nodes if there are any. Defaults to `true`.",
			},
		},
		Blocks: timeoutsBlock(ctx, "Maximum time to cancel the command and wait until it is complete, as a duration such as `5m`. Defaults to `5m`."),
	}
}

// ValidateConfig rejects a time limit of zero.
func (a *cancelCommand) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config cancelCommandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(framework.ValidateTimeout(config.Timeouts.Object, "invoke")...)
}

// Invoke cancels the command, and waits until it is complete unless wait_for_completion is false.
func (a *cancelCommand) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var config cancelCommandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	timeout, diags := config.Timeouts.Invoke(ctx, defaultCancelTimeout)
	resp.Diagnostics.Append(diags...)
	var nodes []string
	if !config.InstanceIDs.IsNull() {
		resp.Diagnostics.Append(config.InstanceIDs.ElementsAs(ctx, &nodes, false)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	client, diags := framework.ClientFor(ctx, a.clients, config.Region, min(framework.CredentialsLimit, timeout))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	id := config.CommandID.ValueString()
	subject := diagnostics.Sending{Action: true, CommandID: id, Region: client.Region(), InstanceIDs: nodes, Timeout: "timeouts.invoke"}

	var latest latestProgress
	lines := newProgressLines(ctx, resp.SendProgress, func() diagnostics.Text { return diagnostics.Progress(subject, latest.now(started)) })
	result, err := client.Cancel(ctx, runcommand.CancelRequest{
		CommandID: id, InstanceIDs: nodes, Wait: !framework.IsFalse(config.WaitForCompletion),
		Visibility: min(framework.DefaultVisibility, timeout), Started: started, Timeout: timeout,
		Progress: func(p runcommand.Progress) {
			latest.set(p)
			lines.queue(diagnostics.Progress(subject, p))
		},
	})
	var unknown *runcommand.NotFoundError
	if errors.As(err, &unknown) { // timeouts.invoke expired during the visibility timeout.
		result.Outcome, err = runcommand.CancelUnknown, nil
	}
	if err == nil {
		lines.queue(diagnostics.CancelLine(subject, result))
	}
	lines.stop()
	if err != nil {
		resp.Diagnostics.Append(diagnostics.NotCancelled(subject, result, err))
	}
}
