// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	eschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// everyKind has an attribute of every kind that a data source can have.
func everyKind() map[string]dschema.Attribute {
	object := dschema.NestedAttributeObject{Attributes: map[string]dschema.Attribute{"inner": ComputedBool("Inner.")}}
	element := types.StringType
	return map[string]dschema.Attribute{
		"string": dschema.StringAttribute{
			Required: true, Sensitive: true, MarkdownDescription: "A string.", Description: "Plain.", DeprecationMessage: "Old.",
			Validators: []validator.String{stringvalidator.LengthAtLeast(3)},
		},
		"bool":          dschema.BoolAttribute{Optional: true, MarkdownDescription: "A bool."},
		"int32":         dschema.Int32Attribute{Computed: true, MarkdownDescription: "A number."},
		"int64":         dschema.Int64Attribute{Computed: true, MarkdownDescription: "A number."},
		"float32":       dschema.Float32Attribute{Computed: true, MarkdownDescription: "A number."},
		"float64":       dschema.Float64Attribute{Computed: true, MarkdownDescription: "A number."},
		"number":        dschema.NumberAttribute{Computed: true, MarkdownDescription: "A number."},
		"dynamic":       dschema.DynamicAttribute{Computed: true, MarkdownDescription: "Anything."},
		"list":          dschema.ListAttribute{Computed: true, ElementType: element, MarkdownDescription: "A list."},
		"set":           dschema.SetAttribute{Computed: true, ElementType: element, MarkdownDescription: "A set."},
		"map":           dschema.MapAttribute{Computed: true, ElementType: element, Sensitive: true, MarkdownDescription: "A map."},
		"object":        dschema.ObjectAttribute{Computed: true, AttributeTypes: map[string]attr.Type{"a": element}, MarkdownDescription: "An object."},
		"list_nested":   dschema.ListNestedAttribute{Computed: true, NestedObject: object, MarkdownDescription: "Objects."},
		"set_nested":    dschema.SetNestedAttribute{Computed: true, NestedObject: object, Sensitive: true, MarkdownDescription: "Objects."},
		"map_nested":    dschema.MapNestedAttribute{Optional: true, NestedObject: object, DeprecationMessage: "Old.", MarkdownDescription: "Objects."},
		"single_nested": dschema.SingleNestedAttribute{Computed: true, Attributes: object.Attributes, Description: "Plain.", MarkdownDescription: "An object."},
	}
}

// Every kind of attribute keeps its kind, its type, and all its fields.
func TestEphemeralAttributes(t *testing.T) {
	same(t, "", everyKind(), EphemeralAttributes(everyKind()))
	if diags := (eschema.Schema{Attributes: EphemeralAttributes(everyKind())}).ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
}

func same(t *testing.T, at string, data map[string]dschema.Attribute, converted map[string]eschema.Attribute) {
	t.Helper()
	if len(data) != len(converted) {
		t.Errorf("%d attributes at %q, want %d", len(converted), at, len(data))
	}
	for name, attribute := range data {
		one, other := reflect.ValueOf(attribute), reflect.ValueOf(converted[name])
		if !other.IsValid() || one.Type().Name() != other.Type().Name() || !attribute.GetType().Equal(converted[name].GetType()) {
			t.Errorf("%s%s is a %v, want a %s", at, name, converted[name], one.Type())
			continue
		}
		for i := range one.NumField() {
			field := one.Type().Field(i).Name
			counterpart := other.FieldByName(field)
			switch value := one.Field(i).Interface().(type) {
			case map[string]dschema.Attribute:
				same(t, at+name+".", value, counterpart.Interface().(map[string]eschema.Attribute))
			case dschema.NestedAttributeObject:
				same(t, at+name+".", value.Attributes, counterpart.Interface().(eschema.NestedAttributeObject).Attributes)
			default:
				if !counterpart.IsValid() || !reflect.DeepEqual(value, counterpart.Interface()) {
					t.Errorf("%s of %s%s is not kept", field, at, name)
				}
			}
		}
	}
}
