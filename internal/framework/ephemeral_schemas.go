// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	eschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// EphemeralAttributes converts the attributes of a data source to those of an ephemeral resource,
// which have the same members in other types. All types of attributes are supported.
func EphemeralAttributes(attributes map[string]dschema.Attribute) map[string]eschema.Attribute {
	converted := make(map[string]eschema.Attribute, len(attributes))
	for name, attribute := range attributes {
		converted[name] = ephemeralAttribute(attribute)
	}
	return converted
}

func ephemeralObject(o dschema.NestedAttributeObject) eschema.NestedAttributeObject {
	return eschema.NestedAttributeObject{Attributes: EphemeralAttributes(o.Attributes), CustomType: o.CustomType, Validators: o.Validators}
}

func ephemeralAttribute(attribute dschema.Attribute) eschema.Attribute {
	switch a := attribute.(type) {
	case dschema.StringAttribute:
		return eschema.StringAttribute(a)
	case dschema.BoolAttribute:
		return eschema.BoolAttribute(a)
	case dschema.Int32Attribute:
		return eschema.Int32Attribute(a)
	case dschema.Int64Attribute:
		return eschema.Int64Attribute(a)
	case dschema.Float32Attribute:
		return eschema.Float32Attribute(a)
	case dschema.Float64Attribute:
		return eschema.Float64Attribute(a)
	case dschema.NumberAttribute:
		return eschema.NumberAttribute(a)
	case dschema.DynamicAttribute:
		return eschema.DynamicAttribute(a)
	case dschema.ListAttribute:
		return eschema.ListAttribute(a)
	case dschema.SetAttribute:
		return eschema.SetAttribute(a)
	case dschema.MapAttribute:
		return eschema.MapAttribute(a)
	case dschema.ObjectAttribute:
		return eschema.ObjectAttribute(a)
	case dschema.ListNestedAttribute:
		return copyMembers(eschema.ListNestedAttribute{NestedObject: ephemeralObject(a.NestedObject)}, a, unchanged)
	case dschema.SetNestedAttribute:
		return copyMembers(eschema.SetNestedAttribute{NestedObject: ephemeralObject(a.NestedObject)}, a, unchanged)
	case dschema.MapNestedAttribute:
		return copyMembers(eschema.MapNestedAttribute{NestedObject: ephemeralObject(a.NestedObject)}, a, unchanged)
	case dschema.SingleNestedAttribute:
		return copyMembers(eschema.SingleNestedAttribute{Attributes: EphemeralAttributes(a.Attributes)}, a, unchanged)
	default:
		panic(fmt.Sprintf("a %T is not an attribute of the plugin framework", attribute))
	}
}
