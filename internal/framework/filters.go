// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// Descriptions of arguments that narrow a list.
const (
	InvokedAfterText  = "Only commands that were sent at or after this time, in RFC 3339, such as `2026-11-22T08:00:00Z`."
	InvokedBeforeText = "Only commands that were sent before this time, in RFC 3339, such as `2026-11-22T09:00:00Z`."
	FilterLengthText  = "1 to 128 characters."
)

// OneOf accepts one of the values.
func OneOf(values []string) []validator.String {
	return []validator.String{stringvalidator.OneOf(values...)}
}

// Values writes values for a description.
func Values(values []string) string {
	marked := make([]string, 0, len(values))
	for _, value := range values {
		marked = append(marked, "`"+value+"`")
	}
	return string(diagnostics.List(marked))
}

// FormatAfter and FormatBefore write a time for the API, whose reference shows UTC and whole
// seconds. A fraction, as requested_date_time has it, is rounded outwards, so that the command it
// was taken from is still found.
func FormatAfter(s types.String) string { return utc(s, 0) }

// FormatBefore is about the end of a time span, as [FormatAfter] is about its beginning.
func FormatBefore(s types.String) string { return utc(s, time.Second-1) }

func utc(s types.String, add time.Duration) string {
	t, err := time.Parse(time.RFC3339, s.ValueString())
	if err != nil {
		return "" // Omitted; a given value has been validated.
	}
	return t.Add(add).UTC().Truncate(time.Second).Format("2006-01-02T15:04:05Z")
}

// Argument is an argument that narrows a list.
type Argument struct {
	Name  string
	Value types.String
}

// Narrowed names the given arguments in a message.
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
