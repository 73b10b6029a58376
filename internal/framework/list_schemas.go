// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
)

// ListAttributes converts arguments of a data source to those of a list resource. It knows the kinds
// of attribute by which lists are narrowed.
func ListAttributes(attributes map[string]dschema.Attribute) map[string]lschema.Attribute {
	converted := make(map[string]lschema.Attribute, len(attributes))
	for name, attribute := range attributes {
		switch a := attribute.(type) {
		case dschema.StringAttribute:
			converted[name] = withMembers(lschema.StringAttribute{}, a, func(text string) string { return text })
		default:
			panic(fmt.Sprintf("a %T narrows no list", attribute))
		}
	}
	return converted
}
