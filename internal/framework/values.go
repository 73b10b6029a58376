// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// This file maps single values that the service returns. Lists of objects are in objects.go.

// StringOrNull maps a string. The service returns "" for an absent value, which becomes null.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// Sorted returns IDs in ascending order. In recorded responses, the service returns IDs in another
// order than the request has, and does not document that the order is stable.
func Sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// TimeOrNull maps a time to RFC 3339 in UTC with milliseconds, the precision of the list
// operations. The zero time becomes null.
func TimeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// ComputedString returns a computed attribute that is a string.
func ComputedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// ComputedBool returns a computed attribute that is a bool.
func ComputedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

// ComputedNumber returns a computed attribute that is a 32-bit integer.
func ComputedNumber(description string) schema.Int32Attribute {
	return schema.Int32Attribute{Computed: true, MarkdownDescription: description}
}

// ComputedStrings returns a computed attribute that is a list of strings.
func ComputedStrings(description string) schema.ListAttribute {
	return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
}
