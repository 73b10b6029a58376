// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"go/build"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// kinds are the kinds of attribute of a data source.
var kinds = []dschema.Attribute{
	dschema.BoolAttribute{}, dschema.DynamicAttribute{}, dschema.Float32Attribute{}, dschema.Float64Attribute{},
	dschema.Int32Attribute{}, dschema.Int64Attribute{}, dschema.ListAttribute{}, dschema.ListNestedAttribute{},
	dschema.MapAttribute{}, dschema.MapNestedAttribute{}, dschema.NumberAttribute{}, dschema.ObjectAttribute{},
	dschema.SetAttribute{}, dschema.SetNestedAttribute{}, dschema.SingleNestedAttribute{}, dschema.StringAttribute{},
}

// attrTypes has a type for each interface of a CustomType.
var attrTypes = []attr.Type{
	types.BoolType, types.DynamicType, types.Float32Type, types.Float64Type, types.Int32Type, types.Int64Type, types.NumberType, types.StringType,
	types.ListType{ElemType: types.StringType}, types.MapType{ElemType: types.StringType}, types.ObjectType{}, types.SetType{ElemType: types.StringType},
}

// populate sets every field of a struct to something other than its zero value.
func populate(t *testing.T, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		switch field.Kind() { //nolint:exhaustive // The default fails the test.
		case reflect.Bool:
			field.SetBool(true)
		case reflect.String:
			field.SetString("the text of " + name)
		case reflect.Slice:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		case reflect.Struct:
			populate(t, field)
		case reflect.Map:
			field.Set(reflect.MakeMap(field.Type()))
			if name == "Attributes" {
				field.SetMapIndex(reflect.ValueOf("nested"), reflect.ValueOf(dschema.StringAttribute{Sensitive: true, MarkdownDescription: "Nested."}))
			} else {
				field.SetMapIndex(reflect.ValueOf("nested"), reflect.ValueOf(types.StringType))
			}
		case reflect.Interface:
			for _, candidate := range attrTypes {
				if reflect.TypeOf(candidate).AssignableTo(field.Type()) {
					field.Set(reflect.ValueOf(candidate))
					break
				}
			}
		default:
			t.Fatalf("%s.%s has a kind that the test does not populate: %s", v.Type(), name, field.Kind())
		}
		if field.IsZero() {
			t.Fatalf("%s.%s was not populated", v.Type(), name)
		}
	}
}

// checkSame compares two values whose types have the same name and the same fields, in two
// packages.
func checkSame(t *testing.T, at string, data, ephemeral reflect.Value) {
	t.Helper()
	for data.Kind() == reflect.Interface && ephemeral.Kind() == reflect.Interface {
		data, ephemeral = data.Elem(), ephemeral.Elem()
	}
	switch {
	case !data.IsValid() && !ephemeral.IsValid(): // Both are nil.
	case !data.IsValid() || !ephemeral.IsValid():
		t.Errorf("%s is %v, want %v", at, ephemeral, data)
	case data.Type() == ephemeral.Type():
		if !reflect.DeepEqual(data.Interface(), ephemeral.Interface()) {
			t.Errorf("%s is %v, want %v", at, ephemeral, data)
		}
	case data.Type().Name() != ephemeral.Type().Name():
		t.Errorf("%s is a %s, want a %s", at, ephemeral.Type(), data.Type().Name())
	case data.Kind() == reflect.Struct:
		for i := range data.NumField() {
			name := data.Type().Field(i).Name
			checkSame(t, at+"."+name, data.Field(i), ephemeral.FieldByName(name))
		}
	case data.Kind() == reflect.Map:
		if data.Len() != ephemeral.Len() {
			t.Errorf("%s has %d entries, want %d", at, ephemeral.Len(), data.Len())
		}
		for _, key := range data.MapKeys() {
			checkSame(t, at+"."+key.String(), data.MapIndex(key), ephemeral.MapIndex(key))
		}
	default:
		t.Errorf("%s is a %s, want a %s", at, ephemeral.Type(), data.Type())
	}
}

// Each kind of attribute is converted with all its fields.
func TestEphemeralAttributes(t *testing.T) {
	t.Parallel()
	attributes := map[string]dschema.Attribute{}
	for _, kind := range kinds {
		populated := reflect.New(reflect.TypeOf(kind)).Elem()
		populate(t, populated)
		attributes[populated.Type().Name()] = populated.Interface().(dschema.Attribute)
	}
	checkSame(t, "attributes", reflect.ValueOf(attributes), reflect.ValueOf(EphemeralAttributes(attributes)))
}

// A release of the plugin framework can add a kind of attribute.
func TestKindsOfAttributeAreComplete(t *testing.T) {
	t.Parallel()
	at := reflect.TypeOf(kinds[0]).PkgPath()
	pkg, err := build.Import(at, ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(pkg.Dir, "*_attribute.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared, tested := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range regexp.MustCompile(`(?m)^type ([A-Z]\w+Attribute) struct`).FindAllStringSubmatch(string(text), -1) {
			declared[declaration[1]] = true
		}
	}
	for _, kind := range kinds {
		tested[reflect.TypeOf(kind).Name()] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(tested))); diff != "" {
		t.Errorf("kinds of attribute (-framework +tested):\n%s", diff)
	}
}
