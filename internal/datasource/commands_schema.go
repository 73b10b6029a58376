package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// commandsSchema is the contract of data "ssm_commands".
func commandsSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the account's commands by filter, newest first (`ListCommands`). At least one filter, or `max_results`, is needed. " +
			"This data source does not wait for commands: it reads the history as it is. Systems Manager keeps a command's history for 30 days.\n\n" +
			"~> All attributes, `parameters` among them, are stored in plan and state files.",
		Attributes: map[string]schema.Attribute{
			"instance_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: instanceIDText + " Only commands that were run on this node. Not with the status `Pending`.",
				Validators:          instanceIDForm,
			},
			"status": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only commands of this status: " + words(commandStatuses) + ".",
				Validators:          oneOf(commandStatuses),
			},
			"document_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only commands that ran this document. " + filterLengthText,
				Validators:          filterForm,
			},
			"execution_stage": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only commands that are `Executing`, or that are `Complete`, with any terminal status.",
				Validators:          oneOf(executionStages),
			},
			"invoked_after": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: invokedAfterText,
				Validators:          []validator.String{timestampValidator{}},
			},
			"invoked_before": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: invokedBeforeText,
				Validators:          []validator.String{timestampValidator{}},
			},
			"max_results": schema.Int32Attribute{
				Optional: true,
				MarkdownDescription: "Maximum number of commands to read. Defaults to all of them. The provider reads the first commands that the API returns. " +
					"In every recorded response these are the newest, but the API reference does not document the order.",
				Validators: []validator.Int32{int32validator.AtLeast(1)},
			},
			"region": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The region whose commands are listed. Overrides the provider's region for this read.",
			},

			"commands": computedObjects("The commands, sorted by `requested_date_time`, newest first.", commandAttributes()),
		},
		Blocks: timeoutsBlock(ctx, ListTimeoutText),
	}
}
