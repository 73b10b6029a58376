// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// Descriptions of arguments that filter a list.
const (
	InvokedAfterText  = "Only commands that were sent at or after this time, in RFC 3339, such as `2026-11-22T08:00:00Z`."
	InvokedBeforeText = "Only commands that were sent before this time, in RFC 3339, such as `2026-11-22T09:00:00Z`."
	FilterLengthText  = "1 to 128 characters."
)

// OneOf returns a validator that accepts only these values.
func OneOf(values []string) []validator.String {
	return []validator.String{stringvalidator.OneOf(values...)}
}

// Values returns the values as a list for a description, each in backquotes.
func Values(values []string) string {
	marked := make([]string, 0, len(values))
	for _, value := range values {
		marked = append(marked, "`"+value+"`")
	}
	return string(diagnostics.List(marked))
}

// FormatAfter formats the beginning of a time span for a filter, in UTC and whole seconds as in the
// API reference; "" if s is null. It rounds down, so that the span includes a command whose
// requested_date_time, which has milliseconds, is s.
func FormatAfter(s types.String) string { return filterTime(s, 0) }

// FormatBefore formats the end of a time span in the same way, but rounds up.
func FormatBefore(s types.String) string { return filterTime(s, time.Second-1) }

func filterTime(s types.String, add time.Duration) string {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return "" // Omitted: any other value has been validated.
	}
	return t.Add(add).UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
}

// Argument is an argument that filters a list.
type Argument struct {
	Name  string
	Value types.String
}

// Narrowed returns the arguments that are set, for a message: " with instance_id "i-…" and …". It
// returns "" if none is set.
func Narrowed(by ...Argument) diagnostics.Text {
	var given []diagnostics.Text
	for _, a := range by {
		if v := a.Value.ValueString(); v != "" {
			given = append(given, diagnostics.Textf("%s %q", a.Name, v))
		}
	}
	if len(given) == 0 {
		return ""
	}
	return " with " + diagnostics.Join(given)
}
