// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
)

// ListAttributes converts arguments of a data source to those of a list resource. It supports only
// strings, the type of all filters.
func ListAttributes(attributes map[string]dschema.Attribute) map[string]lschema.Attribute {
	converted := make(map[string]lschema.Attribute, len(attributes))
	for name, attribute := range attributes {
		switch a := attribute.(type) {
		case dschema.StringAttribute:
			converted[name] = copyMembers(lschema.StringAttribute{}, a, unchanged)
		default:
			panic(fmt.Sprintf("a list resource has no argument of the type %T", attribute))
		}
	}
	return converted
}
