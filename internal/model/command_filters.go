// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// CommandStatuses are the values of the filter Status of ListCommands (API reference,
// CommandFilter). They are statuses and status details. The service rejects other values.
var CommandStatuses = []string{"Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
	"DeliveryTimedOut", "ExecutionTimedOut", "Incomplete", "NoInstancesInTag", "LimitExceeded"}

// executionStages are the values of the filter ExecutionStage.
var executionStages = []string{"Executing", "Complete"}

// CommandFilters are the filters of data "ssm_commands" and list "ssm_command", and the Region.
type CommandFilters struct {
	InstanceID     types.String `tfsdk:"instance_id"`
	Status         types.String `tfsdk:"status"`
	DocumentName   types.String `tfsdk:"document_name"`
	ExecutionStage types.String `tfsdk:"execution_stage"`
	InvokedAfter   types.String `tfsdk:"invoked_after"`
	InvokedBefore  types.String `tfsdk:"invoked_before"`
	Region         types.String `tfsdk:"region"`
}

// Query returns the query with the filters.
func (m *CommandFilters) Query() runcommand.CommandsQuery {
	return runcommand.CommandsQuery{
		InstanceID:     m.InstanceID.ValueString(),
		Status:         m.Status.ValueString(),
		DocumentName:   m.DocumentName.ValueString(),
		ExecutionStage: m.ExecutionStage.ValueString(),
		InvokedAfter:   framework.FormatAfter(m.InvokedAfter),
		InvokedBefore:  framework.FormatBefore(m.InvokedBefore),
	}
}

// Validate rejects filters that the service does not accept together.
func (m *CommandFilters) Validate() diag.Diagnostics {
	if m.InstanceID.IsNull() || m.Status.ValueString() != "Pending" {
		return nil
	}
	return diag.Diagnostics{diagnostics.AttributeError(path.Root("status"), invalidCombination,
		"Systems Manager rejects status = \"Pending\" together with instance_id: a pending command has no nodes yet. Remove one of the two, "+
			"or use data \"ssm_command_invocations\", which accepts both.")}
}

// Subject returns how messages name the read.
func (m *CommandFilters) Subject(region string) diagnostics.Subject {
	return diagnostics.Subject{Kind: diagnostics.Commands, Region: region,
		Name: "the commands" + framework.Narrowed(
			framework.Argument{Name: "instance_id", Value: m.InstanceID}, framework.Argument{Name: "status", Value: m.Status},
			framework.Argument{Name: "document_name", Value: m.DocumentName}, framework.Argument{Name: "execution_stage", Value: m.ExecutionStage},
			framework.Argument{Name: "invoked_after", Value: m.InvokedAfter}, framework.Argument{Name: "invoked_before", Value: m.InvokedBefore}),
		Narrow: "Narrow the list by instance_id, status, document_name, execution_stage, invoked_after, or invoked_before."}
}

// CommandFilterAttributes returns the attributes of [CommandFilters], without the Region.
func CommandFilterAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: framework.InstanceIDText + " Only commands that were run on this node. Not with the status `Pending`.",
			Validators:          []validator.String{framework.InstanceID},
		},
		"status": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only commands of this status: " + framework.Values(CommandStatuses) + ".",
			Validators:          framework.OneOf(CommandStatuses),
		},
		"document_name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only commands that ran this document. " + framework.FilterLengthText,
			Validators:          []validator.String{framework.FilterValue},
		},
		"execution_stage": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only commands that are `Executing`, or that are `Complete`, with any terminal status.",
			Validators:          framework.OneOf(executionStages),
		},
		"invoked_after": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: framework.InvokedAfterText,
			Validators:          []validator.String{framework.Timestamp},
		},
		"invoked_before": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: framework.InvokedBeforeText,
			Validators:          []validator.String{framework.Timestamp},
		},
	}
}
