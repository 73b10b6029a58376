// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	itemObject = NewObject(map[string]schema.Attribute{
		"name":  ComputedString(""),
		"count": ComputedNumber(""),
	})
	listSchema = schema.Schema{Attributes: map[string]schema.Attribute{
		"filter": schema.StringAttribute{Optional: true},
		"region": RegionArgument,
		"items":  itemObject.ComputedObjects(""),
	}}
)

type item struct {
	name  string
	count *int32
}

func itemValue(i *item) tftypes.Value {
	return itemObject.Value(map[string]tftypes.Value{"name": String(i.name), "count": Number(i.count)})
}

// config is a configuration with these arguments.
func config(t *testing.T, given map[string]tftypes.Value) tfsdk.Config {
	t.Helper()
	object := listSchema.Type().TerraformType(t.Context()).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
		if v, ok := given[name]; ok {
			values[name] = v
		}
	}
	return tfsdk.Config{Schema: listSchema, Raw: tftypes.NewValue(object, values)}
}

func panics(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

// A mapping that differs from its schema fails in any test that maps one object.
func TestObjectsMustFitTheirSchema(t *testing.T) {
	t.Parallel()
	name, count := String("a"), Number(nil)
	for _, members := range []map[string]tftypes.Value{
		{"name": name},
		{"name": name, "count": count, "more": name},
		{"name": name, "count": name},
	} {
		panics(t, func() { itemObject.Value(members) })
	}
	panics(t, func() {
		raw := config(t, nil).Raw
		SetComputed(&raw, map[string]tftypes.Value{"unknown": name})
	})
	panics(t, func() {
		raw := config(t, nil).Raw
		SetComputed(&raw, map[string]tftypes.Value{"items": name})
	})
}

func TestObjectValues(t *testing.T) {
	t.Parallel()
	yes := true
	for name, c := range map[string]struct{ got, want tftypes.Value }{
		"no string":  {String(""), tftypes.NewValue(tftypes.String, nil)},
		"no number":  {Number(nil), tftypes.NewValue(tftypes.Number, nil)},
		"no bool":    {Bool(nil), tftypes.NewValue(tftypes.Bool, nil)},
		"bool":       {Bool(&yes), tftypes.NewValue(tftypes.Bool, true)},
		"no time":    {Time(time.Time{}), tftypes.NewValue(tftypes.String, nil)},
		"time":       {Time(time.Unix(0, 0)), tftypes.NewValue(tftypes.String, "1970-01-01T00:00:00.000Z")},
		"no strings": {Strings(nil), tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{})},
		"no map":     {Map(tftypes.String, nil, String), tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)},
		"map": {Map(tftypes.String, map[string]string{"a": "b"}, String),
			tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, "b")})},
		"no objects": {Objects(itemObject, nil, itemValue), tftypes.NewValue(tftypes.List{ElementType: itemObject.protocol}, []tftypes.Value{})},
		"no object":  {itemObject.Null(), tftypes.NewValue(itemObject.protocol, nil)},
	} {
		if !c.got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
}

// The types that are computed once are those that the framework would compute from the attributes.
func TestComputedTypes(t *testing.T) {
	t.Parallel()
	outer := NewObject(map[string]schema.Attribute{"inner": itemObject.ComputedObject(""), "list": itemObject.ComputedObjects("")})
	plain := schema.NestedAttributeObject{Attributes: outer.attributes}.Type()
	if !plain.Equal(outer.attrType) || !plain.TerraformType(t.Context()).Equal(outer.protocol) {
		t.Errorf("type %s, want %s", outer.attrType, plain)
	}
	list := listSchema.Attributes["items"].GetType()
	if !list.Equal(itemObject.ComputedObjects("").GetType()) || list.Equal(types.ListType{ElemType: types.StringType}) || list.Equal(outer.ComputedObjects("").GetType()) {
		t.Error("types of lists are not told apart")
	}
	if v := list.ValueType(t.Context()); !v.Type(t.Context()).Equal(list) {
		t.Errorf("an example of a list is a %s", v.Type(t.Context()))
	}
}
