package datasource

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The words that the two lists take for a status. They differ, and they mix
// statuses with details (API reference, CommandFilter); the service refuses others.
var (
	commandStatuses = []string{"Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Incomplete", "NoInstancesInTag", "LimitExceeded"}
	invocationStatuses = []string{"Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "InvalidPlatform", "Terminated"}
	executionStages = []string{"Executing", "Complete"}
)

// oneOf accepts one of some words.
func oneOf(words []string) []validator.String {
	return []validator.String{stringvalidator.OneOf(words...)}
}

// words writes the words as a description has them.
func words(of []string) string {
	marked := make([]string, 0, len(of))
	for _, word := range of {
		marked = append(marked, "`"+word+"`")
	}
	return list(marked)
}

// timestampValidator accepts a time in RFC 3339.
type timestampValidator struct{}

// Description says what is accepted.
func (timestampValidator) Description(context.Context) string {
	return "a time in RFC 3339 such as 2026-11-22T08:00:00Z"
}

// MarkdownDescription is the Description.
func (v timestampValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString refuses what does not parse.
func (v timestampValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := time.Parse(time.RFC3339, req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Timestamp",
			fmt.Sprintf("%s must be %s, got: %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// from and until write a time for the API, whose reference shows UTC and whole
// seconds. A fraction, as requested_date_time has it, is rounded outwards, so that
// the command it was taken from is still found.
func from(s types.String) string  { return utc(s, 0) }
func until(s types.String) string { return utc(s, time.Second-1) }

func utc(s types.String, add time.Duration) string {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return "" // Left out; what is there has been validated.
	}
	return t.Add(add).UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
}

// argument is one that narrows what is asked for.
type argument struct {
	name  string
	value types.String
}

// narrowed names the arguments that were given, for a message.
func narrowed(by ...argument) string {
	var said []string
	for _, a := range by {
		if v := a.value.ValueString(); v != "" {
			said = append(said, fmt.Sprintf("%s %q", a.name, v))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " with " + list(said)
}
