// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"reflect"
	"strings"
	"testing"

	aschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// from returns an attribute of a source kind with the members of a populated one of another kind.
func from(source any, members reflect.Value) reflect.Value {
	made := reflect.New(reflect.TypeOf(source)).Elem()
	for i := range members.NumField() {
		made.FieldByName(members.Type().Field(i).Name).Set(members.Field(i))
	}
	return made
}

// Each kind of attribute without nested ones keeps every member that an action has.
func TestActionAttributes(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct{ of, in any }{
		{aschema.BoolAttribute{}, rschema.BoolAttribute{}},
		{aschema.DynamicAttribute{}, rschema.DynamicAttribute{}},
		{aschema.Float32Attribute{}, rschema.Float32Attribute{}},
		{aschema.Float64Attribute{}, rschema.Float64Attribute{}},
		{aschema.Int32Attribute{}, rschema.Int32Attribute{}},
		{aschema.Int64Attribute{}, rschema.Int64Attribute{}},
		{aschema.ListAttribute{}, rschema.ListAttribute{}},
		{aschema.MapAttribute{}, rschema.MapAttribute{}},
		{aschema.NumberAttribute{}, rschema.NumberAttribute{}},
		{aschema.ObjectAttribute{}, rschema.ObjectAttribute{}},
		{aschema.SetAttribute{}, rschema.SetAttribute{}},
		{aschema.StringAttribute{}, rschema.StringAttribute{}},
	} {
		want := reflect.New(reflect.TypeOf(kind.of)).Elem()
		populate(t, want)
		attributes := map[string]rschema.Attribute{"a": from(kind.in, want).Interface().(rschema.Attribute)}
		text := want.FieldByName("MarkdownDescription")
		text.SetString(strings.ToUpper(text.String()))
		if got := ActionAttributes(attributes, strings.ToUpper)["a"]; !reflect.DeepEqual(got, want.Interface()) {
			t.Errorf("%T: %+v, want %+v", kind.of, got, want)
		}
	}
}

// Nested attributes are converted with what is nested in them.
func TestActionAttributesNested(t *testing.T) {
	t.Parallel()
	nested := map[string]rschema.Attribute{"n": rschema.StringAttribute{Required: true, MarkdownDescription: "text"}}
	object := rschema.NestedAttributeObject{Attributes: nested}
	got := ActionAttributes(map[string]rschema.Attribute{
		"list":   rschema.ListNestedAttribute{Optional: true, Computed: true, NestedObject: object},
		"set":    rschema.SetNestedAttribute{Optional: true, NestedObject: object},
		"map":    rschema.MapNestedAttribute{Required: true, NestedObject: object},
		"single": rschema.SingleNestedAttribute{Optional: true, Attributes: nested},
	}, strings.ToUpper)
	converted := map[string]aschema.Attribute{"n": aschema.StringAttribute{Required: true, MarkdownDescription: "TEXT"}}
	want := map[string]aschema.Attribute{
		"list":   aschema.ListNestedAttribute{Optional: true, NestedObject: aschema.NestedAttributeObject{Attributes: converted}},
		"set":    aschema.SetNestedAttribute{Optional: true, NestedObject: aschema.NestedAttributeObject{Attributes: converted}},
		"map":    aschema.MapNestedAttribute{Required: true, NestedObject: aschema.NestedAttributeObject{Attributes: converted}},
		"single": aschema.SingleNestedAttribute{Optional: true, Attributes: converted},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A string keeps every member that a list resource has; another type of attribute panics.
func TestListAttributes(t *testing.T) {
	t.Parallel()
	want := reflect.New(reflect.TypeFor[lschema.StringAttribute]()).Elem()
	populate(t, want)
	source := from(dschema.StringAttribute{}, want).Interface().(dschema.Attribute)
	if got := ListAttributes(map[string]dschema.Attribute{"a": source})["a"]; !reflect.DeepEqual(got, want.Interface()) {
		t.Errorf("%+v, want %+v", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a set was converted")
		}
	}()
	ListAttributes(map[string]dschema.Attribute{"a": dschema.SetAttribute{}})
}
