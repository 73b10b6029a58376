// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"
	"reflect"

	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// ActionAttributes converts the arguments of a resource to those of an action, which can be neither
// computed nor sensitive, and are never planned. Each description is passed through describe. It
// knows every kind of attribute.
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
		return withMembers(aschema.StringAttribute{}, a, describe)
	case rschema.BoolAttribute:
		return withMembers(aschema.BoolAttribute{}, a, describe)
	case rschema.Int32Attribute:
		return withMembers(aschema.Int32Attribute{}, a, describe)
	case rschema.Int64Attribute:
		return withMembers(aschema.Int64Attribute{}, a, describe)
	case rschema.Float32Attribute:
		return withMembers(aschema.Float32Attribute{}, a, describe)
	case rschema.Float64Attribute:
		return withMembers(aschema.Float64Attribute{}, a, describe)
	case rschema.NumberAttribute:
		return withMembers(aschema.NumberAttribute{}, a, describe)
	case rschema.DynamicAttribute:
		return withMembers(aschema.DynamicAttribute{}, a, describe)
	case rschema.ListAttribute:
		return withMembers(aschema.ListAttribute{}, a, describe)
	case rschema.SetAttribute:
		return withMembers(aschema.SetAttribute{}, a, describe)
	case rschema.MapAttribute:
		return withMembers(aschema.MapAttribute{}, a, describe)
	case rschema.ObjectAttribute:
		return withMembers(aschema.ObjectAttribute{}, a, describe)
	case rschema.ListNestedAttribute:
		return withMembers(aschema.ListNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.SetNestedAttribute:
		return withMembers(aschema.SetNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.MapNestedAttribute:
		return withMembers(aschema.MapNestedAttribute{NestedObject: actionObject(a.NestedObject, describe)}, a, describe)
	case rschema.SingleNestedAttribute:
		return withMembers(aschema.SingleNestedAttribute{Attributes: ActionAttributes(a.Attributes, describe)}, a, describe)
	default:
		panic(fmt.Sprintf("a %T is not an attribute of the plugin framework", attribute))
	}
}

func actionObject(o rschema.NestedAttributeObject, describe func(string) string) aschema.NestedAttributeObject {
	return aschema.NestedAttributeObject{Attributes: ActionAttributes(o.Attributes, describe), CustomType: o.CustomType, Validators: o.Validators}
}

// withMembers copies into an attribute of another kind of object the members that both types have.
func withMembers[T any](converted T, attribute any, describe func(string) string) T {
	into, from := reflect.ValueOf(&converted).Elem(), reflect.ValueOf(attribute)
	for i := range into.NumField() {
		field := into.Type().Field(i)
		member, ok := from.Type().FieldByName(field.Name)
		if ok && member.Type == field.Type {
			into.Field(i).Set(from.FieldByIndex(member.Index))
		}
	}
	if text := into.FieldByName("MarkdownDescription"); text.String() != "" {
		text.SetString(describe(text.String()))
	}
	return converted
}
