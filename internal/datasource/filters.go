// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

const (
	invokedAfterText  = "Only commands that were sent at or after this time, in RFC 3339, such as `2026-11-22T08:00:00Z`."
	invokedBeforeText = "Only commands that were sent before this time, in RFC 3339, such as `2026-11-22T09:00:00Z`."
	filterLengthText  = "1 to 128 characters."
)

// The values of the filter Status in the two lists. They differ, and they mix statuses with details
// (API reference, CommandFilter). The service rejects others.
var (
	commandStatuses = []string{"Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Incomplete", "NoInstancesInTag", "LimitExceeded"}
	invocationStatuses = []string{"Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "InvalidPlatform", "Terminated"}
	executionStages = []string{"Executing", "Complete"}
)

// oneOf accepts one of the values.
func oneOf(words []string) []validator.String {
	return []validator.String{stringvalidator.OneOf(words...)}
}

// words writes values for a description.
func words(of []string) string {
	marked := make([]string, 0, len(of))
	for _, word := range of {
		marked = append(marked, "`"+word+"`")
	}
	return string(diagnostics.List(marked))
}

// formatAfter and formatBefore write a time for the API, whose reference shows UTC and whole
// seconds. A fraction, as requested_date_time has it, is rounded outwards, so that the command it
// was taken from is still found.
func formatAfter(s types.String) string  { return utc(s, 0) }
func formatBefore(s types.String) string { return utc(s, time.Second-1) }

func utc(s types.String, add time.Duration) string {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return "" // Omitted; a given value has been validated.
	}
	return t.Add(add).UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
}

// argument is an argument that narrows a request.
type argument struct {
	name  string
	value types.String
}

// narrowed names the given arguments in a message.
func narrowed(by ...argument) diagnostics.Text {
	var said []diagnostics.Text
	for _, a := range by {
		if v := a.value.ValueString(); v != "" {
			said = append(said, diagnostics.Textf("%s %q", a.name, v))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return " with " + diagnostics.Join(said)
}
