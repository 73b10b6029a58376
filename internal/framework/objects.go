// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// Lists of objects can have ten thousand elements. They are built as values of the protocol,
// without reflection, and their types are computed once. The framework would compute the type of a
// nested attribute several times for each null in each element.

// Object is the schema and the types of an object that the service returns.
type Object struct {
	attributes map[string]schema.Attribute
	attrType   types.ObjectType
	protocol   tftypes.Type
}

// NewObject returns an Object with the attributes.
func NewObject(attributes map[string]schema.Attribute) *Object {
	attrTypes := make(map[string]attr.Type, len(attributes))
	for name, attribute := range attributes {
		attrTypes[name] = attribute.GetType()
	}
	attrType := types.ObjectType{AttrTypes: attrTypes}
	return &Object{attributes: attributes, attrType: attrType, protocol: attrType.TerraformType(context.Background())}
}

// Attributes returns a copy of the map of attributes.
func (o *Object) Attributes() map[string]schema.Attribute { return maps.Clone(o.attributes) }

// ComputedObject returns a computed attribute that is one such object.
func (o *Object) ComputedObject(description string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{Computed: true, MarkdownDescription: description, Attributes: o.attributes, CustomType: o.attrType}
}

// ComputedObjects returns a computed attribute that is a list of such objects.
func (o *Object) ComputedObjects(description string) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		CustomType:          listType{types.ListType{ElemType: o.attrType}},
		NestedObject:        schema.NestedAttributeObject{Attributes: o.attributes, CustomType: o.attrType},
	}
}

// Value returns an object with the members. It panics unless they have the names and the types of
// the attributes.
func (o *Object) Value(members map[string]tftypes.Value) tftypes.Value {
	return tftypes.NewValue(o.protocol, members)
}

// Null returns null.
func (o *Object) Null() tftypes.Value { return tftypes.NewValue(o.protocol, nil) }

// Objects maps a list of structs to a list of objects. An empty or nil list is [], not null.
func Objects[T any](o *Object, list []T, value func(*T) tftypes.Value) tftypes.Value {
	elements := make([]tftypes.Value, len(list))
	for i := range list {
		elements[i] = value(&list[i])
	}
	return tftypes.NewValue(tftypes.List{ElementType: o.protocol}, elements)
}

// TakeObjects maps a list as [Objects] does. It zeroes each element of the list after it has mapped
// the element, so that a long list is not in memory twice.
func TakeObjects[T any](o *Object, list []T, value func(*T) tftypes.Value) tftypes.Value {
	return Objects(o, list, func(element *T) tftypes.Value {
		defer func() { *element = *new(T) }()
		return value(element)
	})
}

// String maps a string. The service returns "" for an absent value, which becomes null.
func String(s string) tftypes.Value {
	if s == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, s)
}

// Strings maps a list of strings. An empty or nil list is [], not null.
func Strings(list []string) tftypes.Value {
	elements := make([]tftypes.Value, len(list))
	for i, s := range list {
		elements[i] = tftypes.NewValue(tftypes.String, s)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// Map maps a map. Nil becomes null.
func Map[T any](element tftypes.Type, values map[string]T, value func(T) tftypes.Value) tftypes.Value {
	t := tftypes.Map{ElementType: element}
	if values == nil {
		return tftypes.NewValue(t, nil)
	}
	elements := make(map[string]tftypes.Value, len(values))
	for key, v := range values {
		elements[key] = value(v)
	}
	return tftypes.NewValue(t, elements)
}

// Number maps a number. Nil becomes null.
func Number(n *int32) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }

// Bool maps a bool. Nil becomes null.
func Bool(b *bool) tftypes.Value { return tftypes.NewValue(tftypes.Bool, b) }

// Time maps a time in the format of [TimeOrNull].
func Time(t time.Time) tftypes.Value { return String(TimeOrNull(t).ValueString()) }

// listType is the type of a list that the framework does not convert. By default, the framework
// converts the lists of a state to its own values, element by element, to compare them with the
// configuration.
type listType struct{ types.ListType }

// ValueFromTerraform wraps the value.
func (t listType) ValueFromTerraform(_ context.Context, value tftypes.Value) (attr.Value, error) {
	return listValue{t, &value}, nil
}

// ValueType returns a listValue, for its Go type only.
func (t listType) ValueType(context.Context) attr.Value { return listValue{typ: t} }

// Equal reports whether the other type is a list of the same elements.
func (t listType) Equal(other attr.Type) bool {
	o, ok := other.(listType)
	return ok && t.ListType.Equal(o.ListType)
}

// listValue is a list as a value of the protocol.
type listValue struct {
	typ   listType
	value *tftypes.Value
}

var _ basetypes.ListValuable = listValue{}

// ToListValue converts the list to the framework's values.
func (v listValue) ToListValue(ctx context.Context) (types.List, diag.Diagnostics) {
	converted, err := v.typ.ListType.ValueFromTerraform(ctx, *v.value)
	if err != nil {
		return types.ListUnknown(v.typ.ElemType), diag.Diagnostics{diagnostics.Error("Unexpected Error",
			diagnostics.Textf("Converting a list failed: %s.", err),
			"This is a defect of the provider. Please report it.")}
	}
	return converted.(types.List), nil //nolint:errcheck // A types.ListType returns no other type.
}

// Type returns the type of the list.
func (v listValue) Type(context.Context) attr.Type { return v.typ }

// ToTerraformValue returns the list as it is.
func (v listValue) ToTerraformValue(context.Context) (tftypes.Value, error) { return *v.value, nil }

// Equal reports whether the other value is the same list.
func (v listValue) Equal(other attr.Value) bool {
	o, ok := other.(listValue)
	return ok && (v.value == o.value || v.value.Equal(*o.value))
}

// IsNull reports whether there is no list.
func (v listValue) IsNull() bool { return v.value.IsNull() }

// IsUnknown reports whether the list is not known yet.
func (v listValue) IsUnknown() bool { return !v.value.IsKnown() }

// String writes the list for a log.
func (v listValue) String() string { return v.value.String() }
