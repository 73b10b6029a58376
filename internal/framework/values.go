// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The mapping of single values that the service returns. Lists of objects are in objects.go.

// StringOrNull maps a string of the service, which has "" for nothing.
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// Sorted returns IDs in ascending order: the service returns them in another order than they were
// sent in (as recorded), and no reference says that it is always the same.
func Sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// TimeOrNull maps a time of the list operations, which have milliseconds.
func TimeOrNull(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// ComputedString is the attribute of a string that the service returns.
func ComputedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// ComputedBool is the attribute of a bool that the service returns.
func ComputedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

// ComputedNumber is the attribute of a number that the service returns.
func ComputedNumber(description string) schema.Int32Attribute {
	return schema.Int32Attribute{Computed: true, MarkdownDescription: description}
}

// ComputedStrings is the attribute of a list of strings that the service returns.
func ComputedStrings(description string) schema.ListAttribute {
	return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
}
