// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"

	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// ActionAttributes converts the arguments of a resource to those of an action, which can be neither
// computed nor sensitive, and have no plan modifiers. describe converts each description. All types
// of attributes are supported.
func ActionAttributes(attributes map[string]rschema.Attribute, describe func(string) string) map[string]aschema.Attribute {
	converted := make(map[string]aschema.Attribute, len(attributes))
	for name, attribute := range attributes {
		converted[name] = actionAttribute(attribute, describe)
	}
	return converted
}

func actionAttribute(attribute rschema.Attribute, describe func(string) string) aschema.Attribute {
	switch a := attribute.(type) {
	case rschema.StringAttribute:
		return copyMembers(aschema.StringAttribute{}, a, describe)
	case rschema.BoolAttribute:
		return copyMembers(aschema.BoolAttribute{}, a, describe)
	case rschema.Int32Attribute:
		return copyMembers(aschema.Int32Attribute{}, a, describe)
	case rschema.Int64Attribute:
		return copyMembers(aschema.Int64Attribute{}, a, describe)
	case rschema.Float32Attribute:
		return copyMembers(aschema.Float32Attribute{}, a, describe)
	case rschema.Float64Attribute:
		return copyMembers(aschema.Float64Attribute{}, a, describe)
	case rschema.NumberAttribute:
		return copyMembers(aschema.NumberAttribute{}, a, describe)
	case rschema.DynamicAttribute:
		return copyMembers(aschema.DynamicAttribute{}, a, describe)
	case rschema.ListAttribute:
		return copyMembers(aschema.ListAttribute{}, a, describe)
	case rschema.SetAttribute:
		return copyMembers(aschema.SetAttribute{}, a, describe)
	case rschema.MapAttribute:
		return copyMembers(aschema.MapAttribute{}, a, describe)
	case rschema.ObjectAttribute:
		return copyMembers(aschema.ObjectAttribute{}, a, describe)
	case rschema.ListNestedAttribute:
		return copyMembers(aschema.ListNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.SetNestedAttribute:
		return copyMembers(aschema.SetNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.MapNestedAttribute:
		return copyMembers(aschema.MapNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.SingleNestedAttribute:
		return copyMembers(aschema.SingleNestedAttribute{Attributes: ActionAttributes(a.Attributes, describe)}, a, describe)
	default:
		panic(fmt.Sprintf("a %T is not an attribute of the plugin framework", attribute))
	}
}

func actionObject(o rschema.NestedAttributeObject, describe func(string) string) aschema.NestedAttributeObject {
	return aschema.NestedAttributeObject{Attributes: ActionAttributes(o.Attributes, describe), CustomType: o.CustomType, Validators: o.Validators}
}
