// SPDX-License-Identifier: MPL-2.0

package action

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/actionvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ action.ActionWithConfigure        = (*sendCommand)(nil)
	_ action.ActionWithConfigValidators = (*sendCommand)(nil)
	_ action.ActionWithValidateConfig   = (*sendCommand)(nil)
)

// interruptLimit is the maximum time to cancel a command after an interrupt. Terraform waits until
// the action ends.
const interruptLimit = 5 * time.Second

// sendCommand is action "ssm_send_command" (SendCommand).
type sendCommand struct{ base }

// NewSendCommand returns action "ssm_send_command".
func NewSendCommand() action.Action { return &sendCommand{} }

// sendCommandModel has the arguments of action "ssm_send_command".
type sendCommandModel struct {
	model.SendArguments
	CancelOnInterrupt types.Bool     `tfsdk:"cancel_on_interrupt"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
}

// Metadata names the action.
func (a *sendCommand) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_send_command"
}

// Schema describes the arguments, which are those of the resource "ssm_command".
func (a *sendCommand) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := framework.ActionAttributes(model.SendAttributes(), model.ActionText)
	attributes["require_success"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether to return an error unless the status is `Success` on every node. Not with `wait_for_completion = false`. Defaults to `true`.",
	}
	attributes["wait_for_completion"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether to wait until the command is complete. Defaults to `true`.",
	}
	attributes["cancel_on_interrupt"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Whether to cancel the command if Terraform is interrupted while the action waits for it. Canceling asks the agents to stop the script. " +
			"Processes that the script started can continue. Defaults to `true`.",
	}
	blocks := timeoutsBlock(ctx, "Maximum time to send the command and wait for it, as a duration such as `30m` or `2h`. "+
		"By default, the provider tries to send the command for `node_ready_timeout`, but at least for a minute. It then waits until two minutes after the time at which Systems Manager itself ends the command. The default is at most 6 hours in all.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs an SSM document on managed nodes (`SendCommand`) and waits until the command is complete. " +
			"The first line of progress has the command ID. The action stores nothing: to keep the results, and to send the command again after a failure, use the resource `ssm_command`.\n\n" +
			"~> Terraform shows the arguments of an action in plans, except `parameters_wo`.",
		Attributes: attributes,
		Blocks:     blocks,
	}
}

// ConfigValidators require exactly one of the arguments that select the nodes.
func (a *sendCommand) ConfigValidators(context.Context) []action.ConfigValidator {
	return []action.ConfigValidator{
		actionvalidator.ExactlyOneOf(path.MatchRoot("instance_ids"), path.MatchRoot("targets")),
	}
}

// ValidateConfig rejects arguments that exclude each other, before any request.
func (a *sendCommand) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config sendCommandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(config.Validate(ctx)...)
	resp.Diagnostics.Append(framework.ValidateTimeout(config.Timeouts.Object, "invoke")...)
}

// Invoke sends the command, and waits for it unless wait_for_completion is false. After an
// interrupt it cancels the command unless cancel_on_interrupt is false. Terraform does not show the
// diagnostics of an interrupted action.
func (a *sendCommand) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var config sendCommandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// With `terraform apply -invoke`, Terraform 1.16 passes null for a secret that the plan had.
	resp.Diagnostics.Append(config.ValidateSecret(config.ParametersWO)...)
	timeout, diags := config.Timeouts.Invoke(ctx, 0) // 0 is the default of [runcommand.RunRequest].
	resp.Diagnostics.Append(diags...)
	run, diags := config.Run(ctx, config.ParametersWO, started, timeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	client, diags := framework.ClientFor(ctx, a.clients, config.Region, framework.CredentialsLimit)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	subject := config.Subject(run, client.Region())
	subject.Action, subject.Timeout = true, "timeouts.invoke"

	var latest latestProgress
	lines := newProgressLines(ctx, resp.SendProgress, func() diagnostics.Text { return diagnostics.Progress(subject, latest.now(started)) })
	run.Send.Progress = func(p runcommand.Progress) {
		if latest.set(p) {
			lines.queue(diagnostics.SentLine(subject, p.CommandID))
		}
		lines.queue(diagnostics.Progress(subject, p))
	}
	result, err := client.Run(ctx, run)

	command := &result.Command
	cancels := client.Interrupted(ctx) && command.CommandID != "" && !command.Complete() && !framework.IsFalse(config.CancelOnInterrupt)
	if !cancels {
		lines.stop()
		resp.Diagnostics.Append(diagnostics.RunEnded(subject, result, err)...)
		return
	}
	var cancelled diagnostics.Cancelled
	cancelled.Result, cancelled.Err = client.Cancel(context.WithoutCancel(ctx), runcommand.CancelRequest{
		CommandID: command.CommandID, Unchecked: true, DespiteInterrupt: true, Visibility: interruptLimit, Timeout: interruptLimit,
	})
	lines.stop()
	resp.Diagnostics.Append(diagnostics.InterruptedAndCancelled(subject, result, cancelled))
}
