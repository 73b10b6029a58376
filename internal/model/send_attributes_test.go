// SPDX-License-Identifier: MPL-2.0

package model

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// limits matches a range in the text of a validator.
var limits = regexp.MustCompile(`(\d+) (?:and|to) (\d+)`)

// checkLimits checks that the description of each attribute contains the limits of its validators,
// and returns how many limits these are.
func checkLimits(t *testing.T, where string, attributes map[string]schema.Attribute) int {
	t.Helper()
	found := 0
	for name, attribute := range attributes {
		name := where + name
		var validators []validator.Describer
		switch a := attribute.(type) {
		case schema.StringAttribute:
			validators = describers(a.Validators)
		case schema.Int32Attribute:
			validators = describers(a.Validators)
		case schema.SetAttribute:
			validators = describers(a.Validators)
		case schema.SetNestedAttribute:
			validators = describers(a.Validators)
			found += checkLimits(t, name+".", a.NestedObject.Attributes)
		case schema.ListNestedAttribute:
			found += checkLimits(t, name+".", a.NestedObject.Attributes)
		case schema.SingleNestedAttribute:
			found += checkLimits(t, name+".", a.Attributes)
		}
		text := strings.ReplaceAll(attribute.GetMarkdownDescription(), ",", "")
		for _, v := range validators {
			enforced := v.Description(t.Context())
			for _, match := range limits.FindAllStringSubmatch(enforced, -1) {
				for _, number := range match[1:] {
					// The description of a maximum need not say that an empty value is rejected.
					if found++; number != "1" && !regexp.MustCompile(`\b`+number+`\b`).MatchString(text) {
						t.Errorf("%s: %q is enforced and not described: %s", name, enforced, text)
					}
				}
			}
		}
	}
	return found
}

func describers[V validator.Describer](validators []V) []validator.Describer {
	var all []validator.Describer
	for _, v := range validators {
		all = append(all, v)
	}
	return all
}

// The description of an argument contains each limit that a validator enforces.
func TestDescriptionsHaveTheLimits(t *testing.T) {
	t.Parallel()
	if found := checkLimits(t, "", SendAttributes()); found < 20 {
		t.Errorf("only %d limits were found: the texts of the validators have changed", found)
	}
}
