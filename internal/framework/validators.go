// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
)

// Validators of the forms that the service accepts, as its ValidationException describes them. They
// reject other values before any request.
var (
	// CommandID accepts the ID of a command.
	CommandID validator.String = matches{commandID,
		"must be a command's ID, a UUID of 36 characters such as 1632d4ab-8021-4031-a383-3b0d7d32f89a"}
	// InstanceID accepts the ID of a managed node.
	InstanceID = Matches(`^(i-(\w{8}|\w{17})|mi-\w{17})$`,
		"must be a managed node's ID: \"i-\" and 8 or 17 characters, or \"mi-\" and 17 characters")
	// AccountID accepts the ID of an AWS account.
	AccountID = Matches(`^[0-9]{12}$`, "must be an AWS account ID, which has 12 digits")
	// FilterValue accepts the value of a filter. With "", the provider would omit the filter, and
	// the API accepts at most 128 characters.
	FilterValue = stringvalidator.LengthBetween(1, 128)
	// Duration accepts a duration in the format of Go that is not negative.
	Duration validator.String = durationValidator{}
	// Timestamp accepts a time in RFC 3339.
	Timestamp validator.String = timestampValidator{}
)

var commandID = lazyregexp.New(`^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`)

// IsCommandID reports whether s has the form of a command ID.
func IsCommandID(s string) bool { return commandID.MatchString(s) }

// Matches returns a validator that accepts values that match the pattern. The pattern is compiled
// for the first value. The message completes the sentence "Attribute ...", as in
// [stringvalidator.RegexMatches].
func Matches(pattern, message string) validator.String {
	return matches{lazyregexp.New(pattern), message}
}

type matches struct {
	pattern lazyregexp.Regexp
	message string
}

func (m matches) compiled() validator.String {
	return stringvalidator.RegexMatches(m.pattern.Get(), m.message)
}

// Description describes the accepted values.
func (m matches) Description(ctx context.Context) string { return m.compiled().Description(ctx) }

// MarkdownDescription returns the Description.
func (m matches) MarkdownDescription(ctx context.Context) string {
	return m.compiled().MarkdownDescription(ctx)
}

// ValidateString rejects a value that does not match.
func (m matches) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	m.compiled().ValidateString(ctx, req, resp)
}

type durationValidator struct{}

// Description describes the accepted values.
func (durationValidator) Description(context.Context) string {
	return `a duration such as "30s", "5m", or "1h30m"`
}

// MarkdownDescription returns the Description.
func (v durationValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString rejects a value that does not parse or is negative.
func (v durationValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	d, err := time.ParseDuration(req.ConfigValue.ValueString())
	if err != nil || d < 0 {
		resp.Diagnostics.Append(diagnostics.AttributeError(req.Path, "Invalid Duration",
			diagnostics.Textf("%s must be %s, and not below zero, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString())))
	}
}

type timestampValidator struct{}

// Description describes the accepted values.
func (timestampValidator) Description(context.Context) string {
	return "a time in RFC 3339 such as 2026-11-22T08:00:00Z"
}

// MarkdownDescription returns the Description.
func (v timestampValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString rejects a value that does not parse.
func (v timestampValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := time.Parse(time.RFC3339, req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(diagnostics.AttributeError(req.Path, "Invalid Timestamp",
			diagnostics.Textf("%s must be %s, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString())))
	}
}

// ValidateSuccess rejects require_success = true with wait_for_completion = false.
func ValidateSuccess(requireSuccess, waitForCompletion types.Bool) diag.Diagnostics {
	if !requireSuccess.ValueBool() || !IsFalse(waitForCompletion) {
		return nil
	}
	return diag.Diagnostics{diagnostics.AttributeError(path.Root("require_success"), "Invalid Attribute Combination",
		"require_success checks the final status, and wait_for_completion = false does not wait for it. Remove one of the two.")}
}
