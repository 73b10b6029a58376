// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int32planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

// Schema describes the arguments and attributes.
func (r *command) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	block, _ := timeouts.Block(ctx, timeouts.Opts{
		Create: true,
		CreateDescription: "Maximum time to send the command, wait for it, and read its results, as a duration such as `30m` or `2h`. " +
			"By default, the provider tries to send the command for `node_ready_timeout`, but at least for a minute. It then waits until two minutes after `expires_after`, when Systems Manager itself has ended the command. The default is at most 6 hours in all.",
		Delete:            true,
		DeleteDescription: "Maximum time to wait, after CancelCommand, until a command that is still running is complete, as a duration such as `5m`. Defaults to `5m`.",
	}).(schema.SingleNestedBlock)
	block.MarkdownDescription = framework.TimeoutsText
	resp.Schema = schema.Schema{
		MarkdownDescription: "Runs an SSM document on managed nodes once (`SendCommand`), waits until the command is complete, and stores the status, exit code, and output of each node.\n\n" +
			"Terraform sends the command when it creates the resource, and again only when it replaces it: when an argument that is marked so changes, or with `-replace`. " +
			"No plan, refresh, import, or upgrade of the provider sends a command. " +
			"Once the command is complete and its results are stored, a refresh makes no request, so the results outlive the 30 days for which Systems Manager keeps them.\n\n" +
			"~> Terraform stores all arguments and attributes in plan and state files, except `parameters_wo`. Output can contain secrets: to keep it out of the state, set `store_output = false`.",
		Attributes: commandAttributes(),
		Blocks:     map[string]schema.Block{"timeouts": block},
	}
}

func commandAttributes() map[string]schema.Attribute {
	attributes := model.SendAttributes()
	for _, more := range []map[string]schema.Attribute{resourceArguments(), resultAttributes()} {
		for name, attribute := range more {
			attributes[name] = attribute
		}
	}
	return attributes
}

// resourceArguments returns the arguments that the action does not have. All but triggers change in
// place, without a request.
func resourceArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"triggers": schema.MapAttribute{
			Optional:    true,
			ElementType: types.StringType,
			MarkdownDescription: "Any values that send a new command when they change, such as the hash of a file or the version of a document. " +
				"A value that is unknown at plan time counts as changed." + model.ReplacesText,
		},
		"store_output": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to store standard output and standard error, which takes one GetCommandInvocation request per step and node, and up to 16 MiB in all. " +
				"Changing this to `false` removes stored output from the state, though not from earlier versions and backups of it. Changing it to `true` applies to the next command. Defaults to `true`.",
		},
		"cancel_on_destroy": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to cancel a command that is not complete when Terraform destroys or replaces the resource. Canceling asks the agents to stop the script. Processes that the script started can continue. " +
				"An imported command is canceled only if this is `true` in the state. Defaults to `true`.",
		},
	}
}

// resultAttributes returns the attributes for the results. They do not change after the command is
// complete.
func resultAttributes() map[string]schema.Attribute {
	computedString := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
	computedNumber := func(description string) schema.Int32Attribute {
		return schema.Int32Attribute{Computed: true, MarkdownDescription: description, PlanModifiers: []planmodifier.Int32{int32planmodifier.UseStateForUnknown()}}
	}
	return map[string]schema.Attribute{
		"command_id":          computedString("The command ID, a UUID of 36 characters. Null while it is not known whether the command was sent (error `Command Perhaps Sent`)."),
		"requested_date_time": computedString("When the command was sent, in RFC 3339."),
		"expires_after":       computedString("The time when the command expires, in RFC 3339: the request time plus the delivery timeout and the execution timeout."),
		"status": computedString("The status of the command across its nodes: `Success`, `Failed`, `TimedOut`, or `Cancelled`; `Pending` or `InProgress` while the command is not complete. " +
			"`Success` does not mean that every node succeeded: `require_success` checks each of them."),
		"status_details":           computedString("The status in more detail, such as `NoInstancesInTag`, `DeliveryTimedOut`, or `Incomplete`. Systems Manager may add values."),
		"target_count":             computedNumber("Number of nodes that the command was sent to."),
		"completed_count":          computedNumber("Number of nodes on which the command is complete, with any terminal status."),
		"error_count":              computedNumber("Number of nodes on which the command failed or exceeded the execution timeout."),
		"delivery_timed_out_count": computedNumber("Number of nodes that reported no terminal status before the command expired."),
		"invocations": model.SentInvocationsAttribute("The results by instance ID. With `instance_ids`, the map has every requested ID, with null members while nothing is known. "+
			"With `targets`, it is null until the command is complete.", mapplanmodifier.UseStateForUnknown()),
	}
}
