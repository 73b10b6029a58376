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

// unknownArguments returns the names of the unknown arguments at any depth, in the form of
// messages: "assume_role[0].role_arn". For an unknown block or list it returns only its own name.
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
	slices.Sort(unknown) // Walk iterates over maps, in random order.
	return unknown, err
}

// withoutUnknown returns the configuration with null for each unknown value, so that the rest can
// be decoded and validated.
func withoutUnknown(config tfsdk.Config) (tfsdk.Config, error) {
	raw, err := tftypes.Transform(config.Raw, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if value.IsKnown() {
			return value, nil
		}
		return tftypes.NewValue(value.Type(), nil), nil
	})
	return tfsdk.Config{Raw: raw, Schema: config.Schema}, err
}

// argumentName returns the name for a path. Elements of a set have no name of their own: the result
// contains only the set's name, such as "endpoints.ssm" for an argument of the endpoints block.
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

// argumentPath returns the path at which Terraform shows a problem of the argument with that name.
// It ends at the first set, because a path identifies elements of a set only by their value.
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
