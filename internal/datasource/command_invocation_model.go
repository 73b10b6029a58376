package datasource

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// commandInvocationModel is data "ssm_command_invocation" as Terraform has it.
type commandInvocationModel struct {
	InvocationModel

	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// patience is how long the read may take.
func (m *commandInvocationModel) patience() Patience {
	return Patience{Word: "read", Block: m.Timeouts.Object}
}

// InvocationModel is what the data source and its ephemeral twin have in common:
// all but the timeouts block, whose argument has another name in each.
type InvocationModel struct {
	CommandID         types.String `tfsdk:"command_id"`
	InstanceID        types.String `tfsdk:"instance_id"`
	PluginName        types.String `tfsdk:"plugin_name"`
	Region            types.String `tfsdk:"region"`
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	VisibilityTimeout types.String `tfsdk:"visibility_timeout"`
	RequireSuccess    types.Bool   `tfsdk:"require_success"`
	AllowMissing      types.Bool   `tfsdk:"allow_missing"`
	CompleteOutput    types.Bool   `tfsdk:"complete_output"`
	MaxOutputBytes    types.Int64  `tfsdk:"max_output_bytes"`

	Comment                 types.String                 `tfsdk:"comment"`
	DocumentName            types.String                 `tfsdk:"document_name"`
	DocumentVersion         types.String                 `tfsdk:"document_version"`
	ResponseCode            types.Int32                  `tfsdk:"response_code"`
	ExecutionStartDateTime  types.String                 `tfsdk:"execution_start_date_time"`
	ExecutionElapsedTime    types.String                 `tfsdk:"execution_elapsed_time"`
	ExecutionEndDateTime    types.String                 `tfsdk:"execution_end_date_time"`
	Status                  types.String                 `tfsdk:"status"`
	StatusDetails           types.String                 `tfsdk:"status_details"`
	StandardOutputContent   types.String                 `tfsdk:"standard_output_content"`
	StandardOutputURL       types.String                 `tfsdk:"standard_output_url"`
	StandardOutputTruncated types.Bool                   `tfsdk:"standard_output_truncated"`
	StandardErrorContent    types.String                 `tfsdk:"standard_error_content"`
	StandardErrorURL        types.String                 `tfsdk:"standard_error_url"`
	StandardErrorTruncated  types.Bool                   `tfsdk:"standard_error_truncated"`
	CloudWatchOutputConfig  *cloudWatchOutputConfigModel `tfsdk:"cloudwatch_output_config"`
}

// query is the model in the domain's words, with the defaults applied.
func (m *InvocationModel) query(p Patience, started time.Time) (runcommand.InvocationQuery, diag.Diagnostics) {
	timeout, visibility, diags := p.times(m.VisibilityTimeout)
	return runcommand.InvocationQuery{
		CommandID:  m.CommandID.ValueString(),
		InstanceID: m.InstanceID.ValueString(),
		PluginName: m.PluginName.ValueString(),
		NoWait:     isFalse(m.WaitForCompletion),
		Visibility: visibility,
		Started:    started,
		Timeout:    timeout,

		CompleteOutput: m.CompleteOutput.ValueBool(),
		MaxOutputBytes: mostBytes(m.MaxOutputBytes),
	}, diags
}

// defaultMaxOutput bounds complete output, in bytes.
const defaultMaxOutput = 1 << 20

func mostBytes(given types.Int64) int64 {
	if given.IsNull() {
		return defaultMaxOutput
	}
	return given.ValueInt64()
}

// asked names the read for messages.
func (m *InvocationModel) asked(p Patience, region string) asked {
	a := asked{of: anInvocation, region: region, limit: "timeouts." + p.Word, node: m.InstanceID.ValueString()}
	a.subject = fmt.Sprintf("command %s on node %s", m.CommandID.ValueString(), a.node)
	if step := m.PluginName.ValueString(); step != "" {
		a.subject = fmt.Sprintf("step %q of %s", step, a.subject)
	}
	return a
}

// set takes the values of an invocation; the arguments stay as they were given.
func (m *InvocationModel) set(i runcommand.Invocation, region string) {
	m.PluginName = given(m.PluginName, text(i.PluginName))
	m.Region = given(m.Region, text(region))
	m.Comment = text(i.Comment)
	m.DocumentName = text(i.DocumentName)
	m.DocumentVersion = text(i.DocumentVersion)
	m.ResponseCode = types.Int32PointerValue(i.ResponseCode)
	m.ExecutionStartDateTime = text(i.ExecutionStart)
	m.ExecutionElapsedTime = text(i.ExecutionElapsed)
	m.ExecutionEndDateTime = text(i.ExecutionEnd)
	m.Status = text(i.Status)
	m.StatusDetails = text(i.StatusDetails)
	m.StandardOutputContent, m.StandardOutputURL, m.StandardOutputTruncated = stream(i.StandardOutput)
	m.StandardErrorContent, m.StandardErrorURL, m.StandardErrorTruncated = stream(i.StandardError)
	m.CloudWatchOutputConfig = cloudWatchOutputConfig(i.CloudWatchOutput)
}

// stream maps an output stream. Where there is no content yet, whether it was cut
// is not known either.
func stream(s runcommand.Stream) (content, url types.String, truncated types.Bool) {
	truncated = types.BoolNull()
	if s.Content != nil {
		truncated = types.BoolValue(s.Truncated)
	}
	return types.StringPointerValue(s.Content), text(s.URL), truncated
}
