package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Verdict words the error that require_success asks for: with the end of the output
// in the data source, without any of it in the ephemeral twin.
type Verdict func(asked, runcommand.Result) diag.Diagnostic

// Validate checks what no single argument can tell; all of it before any request.
func (m *InvocationModel) Validate(plausible func(region string) bool, p Patience) diag.Diagnostics {
	diags := checkRegion(m.Region, plausible)
	diags.Append(p.check(m.VisibilityTimeout)...)
	diags.Append(checkSuccess(m.RequireSuccess, m.WaitForCompletion)...)
	if !m.MaxOutputBytes.IsNull() && !m.CompleteOutput.IsUnknown() && !m.CompleteOutput.ValueBool() {
		diags.AddAttributeError(path.Root("max_output_bytes"), "Invalid Attribute Combination",
			"max_output_bytes limits what complete_output = true reads. Set complete_output = true, or remove max_output_bytes.")
	}
	return diags
}

// Read fills the model with the invocation that its arguments name. Where the
// diagnostics have an error, the model is as it was.
func (m *InvocationModel) Read(ctx context.Context, readers Readers, started time.Time, p Patience, verdict Verdict) diag.Diagnostics {
	query, diags := m.query(p, started)
	if diags.HasError() {
		return diags
	}
	reader, more := readerFor(ctx, readers, m.Region, query.Timeout)
	diags.Append(more...)
	if diags.HasError() {
		return diags
	}

	result, err := reader.Invocation(ctx, query)

	asked := m.asked(p, reader.Region())
	var missing *runcommand.NotFoundError
	switch {
	case err == nil:
		diags.Append(notices(asked, result)...)
		if m.RequireSuccess.ValueBool() && !result.Invocation.Succeeded() {
			diags.Append(verdict(asked, result))
		}
	case errors.As(err, &missing) && missing.CommandUnknown() && m.AllowMissing.ValueBool():
		// Null values, without error or warning: history is kept for 30 days, and a
		// data source is read at every plan.
		result = runcommand.Result{}
	default:
		diags.Append(diagnose(asked, err, m.AllowMissing.ValueBool()))
	}
	if !diags.HasError() {
		m.set(result.Invocation, reader.Region())
	}
	return diags
}
