package datasource

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// commandsModel is data "ssm_commands" as Terraform has it.
type commandsModel struct {
	InstanceID     types.String   `tfsdk:"instance_id"`
	Status         types.String   `tfsdk:"status"`
	DocumentName   types.String   `tfsdk:"document_name"`
	ExecutionStage types.String   `tfsdk:"execution_stage"`
	InvokedAfter   types.String   `tfsdk:"invoked_after"`
	InvokedBefore  types.String   `tfsdk:"invoked_before"`
	MaxResults     types.Int32    `tfsdk:"max_results"`
	Region         types.String   `tfsdk:"region"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`

	Commands []commandValues `tfsdk:"commands"`
}

// query is the model in the domain's words, with the defaults applied.
func (m *commandsModel) query(started time.Time) (runcommand.CommandsQuery, diag.Diagnostics) {
	timeout, _, diags := m.patience().limit()
	return runcommand.CommandsQuery{
		InstanceID:     m.InstanceID.ValueString(),
		Status:         m.Status.ValueString(),
		DocumentName:   m.DocumentName.ValueString(),
		ExecutionStage: m.ExecutionStage.ValueString(),
		InvokedAfter:   from(m.InvokedAfter),
		InvokedBefore:  until(m.InvokedBefore),
		MaxResults:     int(m.MaxResults.ValueInt32()),
		Started:        started,
		Timeout:        timeout,
	}, diags
}

// patience is how long the read may take.
func (m *commandsModel) patience() Patience { return Patience{Word: "read", Block: m.Timeouts.Object} }

// asked names the read for messages.
func (m *commandsModel) asked(region string) asked {
	return asked{of: theCommands, region: region,
		subject: "the commands" + narrowed(argument{"instance_id", m.InstanceID}, argument{"status", m.Status}, argument{"document_name", m.DocumentName},
			argument{"execution_stage", m.ExecutionStage}, argument{"invoked_after", m.InvokedAfter}, argument{"invoked_before", m.InvokedBefore}),
		narrower: "Set max_results, or narrow it by instance_id, status, document_name, execution_stage, invoked_after or invoked_before"}
}

// set takes the commands; the arguments stay as they were given.
func (m *commandsModel) set(found []runcommand.Command, region string) {
	m.Region = given(m.Region, text(region))
	m.Commands = each(found, newCommandValues)
}
