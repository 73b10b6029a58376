package datasource

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Defaults of arguments that were left out. They are applied in the read and never
// enter the state: data source schemas have no defaults.
const (
	defaultTimeout    = time.Hour
	defaultVisibility = 30 * time.Second
)

// Patience is the timeouts block of one read.
type Patience struct {
	// Word is the block's one argument: "read" in a data source, "open" in an
	// ephemeral resource.
	Word  string
	Block types.Object
}

// limit returns how long the read may take in all, and whether that is known yet.
func (p Patience) limit() (d time.Duration, known bool, diags diag.Diagnostics) {
	argument, given := p.Block.Attributes()[p.Word].(types.String)
	if p.Block.IsUnknown() || given && argument.IsUnknown() {
		return 0, false, nil
	}
	d, diags = duration(argument, defaultTimeout)
	return d, true, diags
}

// times returns how long a read may take, and how long an answer that there is
// nothing is not believed.
func (p Patience) times(visibility types.String) (limit, visible time.Duration, diags diag.Diagnostics) {
	limit, _, diags = p.limit()
	visible, more := duration(visibility, min(defaultVisibility, limit))
	diags.Append(more...)
	return limit, visible, diags
}

// check refuses a limit that leaves no time, which the timeouts block itself
// accepts, and a visibility timeout that the limit would cut.
func (p Patience) check(visibility types.String) diag.Diagnostics {
	limit, known, diags := p.limit()
	if !known || diags.HasError() {
		return nil // What does not parse is refused by the block's own validator.
	}
	if limit <= 0 {
		diags.AddAttributeError(path.Root("timeouts").AtName(p.Word), "Invalid Duration",
			fmt.Sprintf("timeouts.%s must be longer than zero, got: %s. It is how long the read may take in all.", p.Word, limit))
		return diags
	}
	if d, more := duration(visibility, 0); !more.HasError() && d > limit {
		diags.AddAttributeError(path.Root("visibility_timeout"), "Invalid Attribute Combination",
			fmt.Sprintf("visibility_timeout (%s) is longer than timeouts.%s (%s), which covers everything the read does. Raise the one or lower the other.", d, p.Word, limit))
	}
	return diags
}

// readerFor returns the reader for a read's region. Fetching credentials counts
// against the read's own time.
func readerFor(ctx context.Context, readers Readers, region types.String, limit time.Duration) (*runcommand.Reader, diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return readers.Reader(ctx, region.ValueString())
}

// durationValidator accepts a duration as Go writes it, not below zero.
type durationValidator struct{}

// Description says what is accepted.
func (durationValidator) Description(context.Context) string {
	return `a duration such as "30s", "5m" or "1h30m"`
}

// MarkdownDescription is the Description.
func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString refuses what does not parse and what is negative.
func (v durationValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || d < 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Duration",
			fmt.Sprintf("%s must be %s, and not below zero, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// duration returns an argument's duration, or a default where it was left out.
// What it holds has been validated.
func duration(s types.String, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	if s.IsNull() || s.IsUnknown() {
		return otherwise, nil
	}
	d, err := time.ParseDuration(s.ValueString())
	if err != nil {
		return 0, diag.Diagnostics{diag.NewErrorDiagnostic("Invalid Duration", err.Error())}
	}
	return d, nil
}

// checkRegion refuses a region that cannot be one: the mistake would otherwise show
// as a host name that does not exist.
func checkRegion(region types.String, plausible func(string) bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if region.IsNull() || region.IsUnknown() || plausible(region.ValueString()) {
		return diags
	}
	diags.AddAttributeError(path.Root("region"), "Invalid Region",
		fmt.Sprintf("region must be the name of an AWS region, such as us-east-1, got: %q. "+
			"If that is one all the same, set skip_region_validation in the provider block.", region.ValueString()))
	return diags
}

// checkSuccess refuses to judge an end that is not waited for.
func checkSuccess(required, wait types.Bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if required.ValueBool() && isFalse(wait) {
		diags.AddAttributeError(path.Root("require_success"), "Invalid Attribute Combination",
			"require_success asks how the command ended, and wait_for_completion = false does not wait for the end. "+
				"Leave out one of the two.")
	}
	return diags
}

// isFalse reports whether a bool was given as false: left out is not false.
func isFalse(b types.Bool) bool { return !b.IsNull() && !b.IsUnknown() && !b.ValueBool() }
