// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unknownArguments returns the names of the arguments that are not known yet, at any
// depth, as messages write them: "assume_role[0].role_arn".
// Where a whole block or list is unknown, its own name stands for what is in it.
func unknownArguments(block tftypes.Value) ([]string, error) {
	var unknown []string
	err := tftypes.Walk(block, func(at *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		if value.IsKnown() {
			return true, nil
		}
		if name := argumentName(at); !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
		return false, nil
	})
	slices.Sort(unknown) // Walk goes through maps, in no order.
	return unknown, err
}

// withoutUnknown returns the configuration with null for each unknown value, so
// that the rest of it can be decoded and checked.
func withoutUnknown(config tfsdk.Config) (tfsdk.Config, error) {
	raw, err := tftypes.Transform(config.Raw, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		}
		return tftypes.NewValue(value.Type(), nil), nil
	})
	return tfsdk.Config{Raw: raw, Schema: config.Schema}, err
}

// argumentName writes a path as a name. A set's elements have no name: the set's own
// stands for them, and "endpoints.ssm" for an argument of the one endpoints block.
func argumentName(at *tftypes.AttributePath) string {
	var name strings.Builder
	for _, step := range at.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if name.Len() > 0 {
				name.WriteByte('.')
			}
			name.WriteString(string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&name, "[%d]", int64(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&name, "[%q]", string(step))
		}
	}
	return name.String()
}

// argumentPath is where Terraform shows a problem of the argument. It ends at the
// first set, whose elements a path can name only by their whole value.
func argumentPath(argument string) path.Path {
	first, rest, nested := strings.Cut(argument, ".")
	name, index, listed := strings.Cut(strings.TrimSuffix(first, "]"), "[")
	at := path.Root(name)
	var i int
	if _, err := fmt.Sscanf(index, "%d", &i); !listed || err != nil {
		return at
	}
	at = at.AtListIndex(i)
	if nested {
		at = at.AtName(rest)
	}
	return at
}
