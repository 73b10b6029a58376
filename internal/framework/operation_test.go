// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var readTimeout = map[string]attr.Type{"read": types.StringType}

// timeouts returns a block with a limit for reading.
func timeouts(read types.String) Timeouts {
	return Timeouts{Attribute: "read", Block: types.ObjectValueMust(readTimeout, map[string]attr.Value{"read": read})}
}

// checkError checks that there is one error, about an argument and with a text, or none if the text
// is "".
func checkError(t *testing.T, diags diag.Diagnostics, at path.Path, text string) {
	t.Helper()
	if text == "" {
		if len(diags) > 0 {
			t.Errorf("unexpected: %v", diags)
		}
		return
	}
	if len(diags) != 1 {
		t.Fatalf("%d diagnostics, want one: %v", len(diags), diags)
	}
	about, _ := diags[0].(diag.DiagnosticWithPath)
	if about == nil || !about.Path().Equal(at) || !strings.Contains(diags[0].Detail(), text) {
		t.Errorf("%#v, want one about %s with %q", diags[0], at, text)
	}
}

func TestTimeoutsDurations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		block             Timeouts
		visibilityTimeout types.String
		limit, visibility time.Duration
	}{
		"no block":           {Timeouts{Attribute: "read", Block: types.ObjectNull(readTimeout)}, types.StringNull(), time.Hour, 30 * time.Second},
		"empty block":        {timeouts(types.StringNull()), types.StringNull(), time.Hour, 30 * time.Second},
		"limit":              {timeouts(types.StringValue("2h30m")), types.StringNull(), 150 * time.Minute, 30 * time.Second},
		"short limit":        {timeouts(types.StringValue("5s")), types.StringNull(), 5 * time.Second, 5 * time.Second},
		"visibility timeout": {timeouts(types.StringNull()), types.StringValue("2m"), time.Hour, 2 * time.Minute},
		"another default":    {Timeouts{Attribute: "read", Block: types.ObjectNull(readTimeout), Default: 5 * time.Minute}, types.StringNull(), 5 * time.Minute, 30 * time.Second},
		"default overridden": {Timeouts{Attribute: "read", Block: timeouts(types.StringValue("7m")).Block, Default: 5 * time.Minute}, types.StringNull(), 7 * time.Minute, 30 * time.Second},
		"both":               {timeouts(types.StringValue("1m")), types.StringValue("0s"), time.Minute, 0},
		"another attribute": {
			Timeouts{Attribute: "open", Block: types.ObjectValueMust(map[string]attr.Type{"open": types.StringType}, map[string]attr.Value{"open": types.StringValue("7m")})},
			types.StringNull(), 7 * time.Minute, 30 * time.Second,
		},
	} {
		limit, visibility, diags := c.block.Durations(c.visibilityTimeout)
		if limit != c.limit || visibility != c.visibility || len(diags) > 0 {
			t.Errorf("%s: %s and %s, want %s and %s: %v", name, limit, visibility, c.limit, c.visibility, diags)
		}
	}
}

func TestTimeoutsValidate(t *testing.T) {
	t.Parallel()
	limit, visibility := path.Root("timeouts").AtName("read"), path.Root("visibility_timeout")
	for name, c := range map[string]struct {
		block             Timeouts
		visibilityTimeout types.String
		at                path.Path
		want              string
	}{
		"defaults":                  {timeouts(types.StringNull()), types.StringNull(), limit, ""},
		"equal":                     {timeouts(types.StringValue("2m")), types.StringValue("2m"), visibility, ""},
		"longer than the limit":     {timeouts(types.StringValue("2m")), types.StringValue("121s"), visibility, "visibility_timeout (2m1s) is longer than timeouts.read (2m0s)"},
		"longer than the default":   {timeouts(types.StringNull()), types.StringValue("61m"), visibility, "is longer than timeouts.read (1h0m0s)"},
		"zero":                      {timeouts(types.StringValue("0s")), types.StringNull(), limit, "timeouts.read must be longer than zero, got: 0s."},
		"negative":                  {timeouts(types.StringValue("-1s")), types.StringValue("1s"), limit, "must be longer than zero, got: -1s."},
		"unknown block":             {Timeouts{Attribute: "read", Block: types.ObjectUnknown(readTimeout)}, types.StringValue("61m"), visibility, ""},
		"unknown limit":             {timeouts(types.StringUnknown()), types.StringValue("61m"), visibility, ""},
		"unknown visibility":        {timeouts(types.StringValue("1s")), types.StringUnknown(), visibility, ""},
		"limit is not a duration":   {timeouts(types.StringValue("soon")), types.StringValue("61m"), limit, ""},     // The block rejects it.
		"visibility not a duration": {timeouts(types.StringValue("1s")), types.StringValue("soon"), visibility, ""}, // Its validator rejects it.
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkError(t, c.block.Validate(c.visibilityTimeout), c.at, c.want)
		})
	}
}

func TestTimeoutsArgument(t *testing.T) {
	t.Parallel()
	if got := (Timeouts{Attribute: "open"}).Argument(); got != "timeouts.open" {
		t.Errorf("%q", got)
	}
}

func TestIsFalse(t *testing.T) {
	t.Parallel()
	for given, want := range map[types.Bool]bool{types.BoolNull(): false, types.BoolUnknown(): false, types.BoolValue(true): false, types.BoolValue(false): true} {
		if IsFalse(given) != want {
			t.Errorf("IsFalse(%s) is %t", given, !want)
		}
	}
}

// The state has the arguments as they were given, and the computed attributes. The list is in the
// state as it was built, and can be converted.
func TestSetComputed(t *testing.T) {
	t.Parallel()
	one := int32(1)
	given := config(t, map[string]tftypes.Value{"region": String("eu-central-1")})
	state := tfsdk.State{Schema: listSchema, Raw: given.Raw.Copy()}
	rows := []item{{"a", &one}, {}}
	SetComputed(&state.Raw, map[string]tftypes.Value{
		"region": String("us-east-1"), "filter": String("x"), "items": TakeObjects(itemObject, rows, itemValue),
	})
	if rows[0].name != "" || rows[0].count != nil {
		t.Error("an element is kept after it was mapped")
	}
	var got struct {
		Filter types.String `tfsdk:"filter"`
		Region types.String `tfsdk:"region"`
		Items  listValue    `tfsdk:"items"`
	}
	if diags := state.Get(t.Context(), &got); diags.HasError() {
		t.Fatal(diags)
	}
	if got.Region.ValueString() != "eu-central-1" || got.Filter.ValueString() != "x" {
		t.Errorf("region %s, filter %s", got.Region, got.Filter)
	}
	converted, diags := got.Items.ToListValue(t.Context())
	if diags.HasError() {
		t.Fatal(diags)
	}
	elements := converted.Elements()
	if len(elements) != 2 {
		t.Fatalf("%d elements, want 2", len(elements))
	}
	want := types.ObjectValueMust(itemObject.attrType.AttrTypes, map[string]attr.Value{"name": types.StringValue("a"), "count": types.Int32Value(1)})
	if !elements[0].Equal(want) {
		t.Errorf("element %s, want %s", elements[0], want)
	}
	if got.Items.IsNull() || got.Items.IsUnknown() || got.Items.String() == "" {
		t.Errorf("list %s", got.Items)
	}
	if !given.Raw.Equal(config(t, map[string]tftypes.Value{"region": String("eu-central-1")}).Raw) {
		t.Error("the configuration has changed")
	}
}

// Arguments are decoded into a struct without the computed attributes.
func TestArguments(t *testing.T) {
	t.Parallel()
	type shared struct {
		Region types.String `tfsdk:"region"`
	}
	var got struct {
		shared
		Filter types.String `tfsdk:"filter"`
	}
	given := config(t, map[string]tftypes.Value{"filter": String("x"), "region": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})
	if diags := Arguments(t.Context(), given, &got); diags.HasError() {
		t.Fatal(diags)
	}
	if got.Filter.ValueString() != "x" || !got.Region.IsUnknown() {
		t.Errorf("filter %s, region %s", got.Filter, got.Region)
	}
}

// A field that does not fit the schema is an error, and no panic.
func TestArgumentsMustFitTheirSchema(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]any{
		"no such argument": &struct {
			Other types.String `tfsdk:"other"`
		}{},
		"another type": &struct {
			Filter types.Bool `tfsdk:"filter"`
		}{},
	} {
		if diags := Arguments(t.Context(), config(t, nil), target); len(diags) != 1 || diags[0].Summary() != "Unexpected Error" {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// A panic becomes an error that says where it was. A value that is not an error of the runtime is
// not shown: it can have a secret in it.
func TestRecover(t *testing.T) {
	t.Parallel()
	var none map[string]int
	for name, test := range map[string]struct {
		panics func()
		want   string
	}{
		"runtime error": {func() { none["a"] = 1 }, "assignment to entry in nil map"},
		"value":         {func() { panic("secret") }, "a value of type string"},
		"error":         {func() { panic(errors.New("secret")) }, "a value of type *errors.errorString"},
	} {
		var diags diag.Diagnostics
		func() {
			defer Recover(&diags)
			test.panics()
		}()
		if len(diags) != 1 || diags[0].Severity() != diag.SeverityError {
			t.Fatalf("%s: %v, want one error", name, diags)
		}
		detail := diags[0].Detail()
		if !strings.Contains(detail, test.want) || !strings.Contains(detail, "operation_test.go:") || strings.Contains(detail, "secret") {
			t.Errorf("%s: %s", name, detail)
		}
	}
	var diags diag.Diagnostics
	func() { defer Recover(&diags) }()
	if len(diags) != 0 {
		t.Errorf("without a panic: %v", diags)
	}
}
