// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// block is a provider block in a test: strings, numbers, bools, []any for lists, sets, and blocks,
// and block for the content of a block. Missing arguments are null.
type block map[string]any

// unknown is an unknown value.
const unknown = unknownValue("unknown")

type unknownValue string

// raw builds the block as Terraform sends it.
func (b block) raw() tftypes.Value {
	return value(blockSchema().Type().TerraformType(context.Background()), b)
}

func (b block) config() tfsdk.Config {
	return tfsdk.Config{Raw: b.raw(), Schema: blockSchema()}
}

func value(typ tftypes.Type, v any) tftypes.Value {
	if v == unknown {
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	}
	if v == nil {
		return tftypes.NewValue(typ, nil)
	}
	elements := func(of tftypes.Type) []tftypes.Value {
		all := []tftypes.Value{}
		for _, element := range v.([]any) {
			all = append(all, value(of, element))
		}
		return all
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		members := map[string]tftypes.Value{}
		for name, of := range typ.AttributeTypes {
			member := v.(block)[name]
			if _, isObject := elementOf(of).(tftypes.Object); isObject && member == nil {
				member = []any{} // Terraform sends an omitted block as an empty list.
			}
			members[name] = value(of, member)
		}
		return tftypes.NewValue(typ, members)
	case tftypes.Map:
		members := map[string]tftypes.Value{}
		for key, member := range v.(block) {
			members[key] = value(typ.ElementType, member)
		}
		return tftypes.NewValue(typ, members)
	case tftypes.List:
		return tftypes.NewValue(typ, elements(typ.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(typ, elements(typ.ElementType))
	default:
		return tftypes.NewValue(typ, v)
	}
}

func elementOf(typ tftypes.Type) tftypes.Type {
	switch typ := typ.(type) {
	case tftypes.List:
		return typ.ElementType
	case tftypes.Set:
		return typ.ElementType
	default:
		return nil
	}
}

// configure configures a provider with the block and returns the provider data.
func configure(t *testing.T, b block, capabilities provider.ConfigureProviderClientCapabilities) (*clients, provider.ConfigureResponse) {
	t.Helper()
	var resp provider.ConfigureResponse
	New(t.Context(), "test")().Configure(t.Context(), provider.ConfigureRequest{Config: b.config(), TerraformVersion: "1.11.4", ClientCapabilities: capabilities}, &resp)
	if resp.Diagnostics.HasError() {
		return nil, resp
	}
	r, ok := resp.DataSourceData.(*clients)
	if !ok || resp.EphemeralResourceData != resp.DataSourceData {
		t.Fatalf("provider data %T and %T", resp.DataSourceData, resp.EphemeralResourceData)
	}
	return r, resp
}

func mustConfigure(t *testing.T, b block) *clients {
	t.Helper()
	r, resp := configure(t, b, provider.ConfigureProviderClientCapabilities{})
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	return r
}

// wantError checks that there is one diagnostic, an error with this summary whose detail contains
// each of the texts.
func wantError(t *testing.T, diags diag.Diagnostics, summary string, words ...string) {
	t.Helper()
	if len(diags) != 1 || diags[0].Severity() != diag.SeverityError || diags[0].Summary() != summary {
		t.Fatalf("diagnostics = %v, want one error %q", diags, summary)
	}
	for _, word := range words {
		if !strings.Contains(diags[0].Detail(), word) {
			t.Errorf("the detail lacks %q: %s", word, diags[0].Detail())
		}
	}
}

// isolate removes the SDK's settings from the environment.
func isolate(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			t.Setenv(name, "") // Setenv restores the variable when the test ends. The SDK distinguishes empty from unset.
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
}
