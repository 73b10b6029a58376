// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"cmp"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// Defaults of arguments that were omitted. They are applied in the read and never enter the state:
// data source schemas have no defaults.
const (
	DefaultTimeout      = time.Hour
	DefaultNodesTimeout = 5 * time.Minute // To wait for nodes that are booting.
	DefaultVisibility   = 30 * time.Second
)

// Descriptions of the argument of a timeouts block: of a read that waits for no command, and of one
// that does. The execution timeout is that of AWS-RunShellScript; the delivery timeout is the API's.
const (
	ListTimeoutText = "Maximum time for the whole read, as a duration such as `30s` or `2h`. Defaults to `1h`."
	TimeoutText     = ListTimeoutText + " A command that was sent with the default delivery timeout (3,600 seconds) " +
		"and the default execution timeout (3,600 seconds) can take up to 2 hours."
)

// TimeoutsText describes a timeouts block.
const TimeoutsText = "Maximum time for each operation of the provider."

// Timeouts is the timeouts block of one object.
type Timeouts struct {
	// Attribute is the block's one argument: "read" in a data source, "open" in an ephemeral
	// resource.
	Attribute string
	Block     types.Object
	// Default applies if the argument was omitted; zero is DefaultTimeout.
	Default time.Duration
}

// Argument names the argument in a message.
func (t Timeouts) Argument() string { return "timeouts." + t.Attribute }

// Limit returns the maximum time for the whole operation, and whether it is known yet.
func (t Timeouts) Limit() (d time.Duration, known bool, diags diag.Diagnostics) {
	argument, given := t.Block.Attributes()[t.Attribute].(types.String)
	if t.Block.IsUnknown() || given && argument.IsUnknown() {
		return 0, false, nil
	}
	d, diags = DurationOr(argument, cmp.Or(t.Default, DefaultTimeout))
	return d, true, diags
}

// Durations returns the maximum time for the whole operation, and how long a response that there is
// nothing is taken for "not visible yet".
func (t Timeouts) Durations(visibilityTimeout types.String) (limit, visibility time.Duration, diags diag.Diagnostics) {
	limit, _, diags = t.Limit()
	visibility, more := DurationOr(visibilityTimeout, min(DefaultVisibility, limit))
	diags.Append(more...)
	return limit, visibility, diags
}

// Validate rejects a limit that leaves no time, which the timeouts block itself accepts, and a
// visibility timeout that exceeds the limit.
func (t Timeouts) Validate(visibilityTimeout types.String) diag.Diagnostics {
	limit, known, diags := t.Limit()
	if !known || diags.HasError() {
		return nil // The block's own validator rejects what does not parse.
	}
	if limit <= 0 {
		diags.Append(diagnostics.AttributeError(path.Root("timeouts").AtName(t.Attribute), "Invalid Duration",
			diagnostics.Textf("%s must be longer than zero, got: %s. It is the maximum time for the whole read.", t.Argument(), limit)))
		return diags
	}
	if d, more := DurationOr(visibilityTimeout, 0); !more.HasError() && d > limit {
		diags.Append(diagnostics.AttributeError(path.Root("visibility_timeout"), "Invalid Attribute Combination",
			diagnostics.Textf("visibility_timeout (%s) is longer than %s (%s), which covers everything the read does. Raise the one or lower the other.", d, t.Argument(), limit)))
	}
	return diags
}

// DurationOr returns the duration of an argument, or a default if it was omitted. The argument has
// been validated.
func DurationOr(s types.String, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	if s.IsNull() || s.IsUnknown() {
		return otherwise, nil
	}
	d, err := time.ParseDuration(s.ValueString())
	if err != nil {
		return 0, diag.Diagnostics{diagnostics.Error("Invalid Duration", diagnostics.Textf("%s", err))}
	}
	return d, nil
}

// ValidateTimeout rejects a limit that leaves no time, which the timeouts block itself accepts.
func ValidateTimeout(block types.Object, name string) diag.Diagnostics {
	argument, _ := block.Attributes()[name].(types.String)
	if argument.IsNull() || argument.IsUnknown() {
		return nil
	}
	if d, err := time.ParseDuration(argument.ValueString()); err != nil || d > 0 {
		return nil // The block's own validator rejects what does not parse.
	}
	return diag.Diagnostics{diagnostics.AttributeError(path.Root("timeouts").AtName(name), "Invalid Duration",
		diagnostics.Textf("timeouts.%s must be longer than zero, got: %s.", name, argument.ValueString()))}
}
