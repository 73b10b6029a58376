// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	fwephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/ephemeral"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

// TestSchemasAgree compares the schemas that the CLI gets to see: names, types, descriptions, sensitivity, and what is
// required, optional and computed. The one difference is the word in the timeouts block.
func TestSchemasAgree(t *testing.T) {
	t.Parallel()
	server, err := acctest.Factories()["ssm"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	data := schemas.DataSourceSchemas["ssm_command_invocation"].Block
	opened := schemas.EphemeralResourceSchemas["ssm_command_invocation"].Block
	if len(data.Attributes) < 20 {
		t.Fatalf("the data source has %d attributes", len(data.Attributes))
	}
	if diff := cmp.Diff(data.Attributes, opened.Attributes); diff != "" {
		t.Errorf("attributes (-data source +ephemeral):\n%s", diff)
	}
	rename(t, opened, "open", "read")
	if diff := cmp.Diff(data.BlockTypes, opened.BlockTypes); diff != "" {
		t.Errorf("blocks but for the word (-data source +ephemeral):\n%s", diff)
	}
	for _, word := range []string{"plan", "apply", "destroy", "30 days", "never"} {
		if !strings.Contains(opened.Description, word) {
			t.Errorf("the description does not say %q: %s", word, opened.Description)
		}
	}
}

// rename changes the word in the timeouts block, which is the difference that is meant.
func rename(t *testing.T, block *tfprotov6.SchemaBlock, from, to string) {
	t.Helper()
	for _, nested := range block.BlockTypes {
		for _, attribute := range nested.Block.Attributes {
			if nested.TypeName == "timeouts" && attribute.Name == from {
				attribute.Name = to
				return
			}
		}
	}
	t.Fatalf("there is no timeouts.%s", from)
}

// TestNothingIsLostInTranslation compares the framework's attributes, which hold what does not travel to the CLI, such as
// validators: every field that both kinds have is equal. A field that the translation forgets shows here.
func TestNothingIsLostInTranslation(t *testing.T) {
	t.Parallel()
	all := ephemeral.All()
	if len(all) != 1 {
		t.Fatalf("%d ephemeral resources", len(all))
	}
	resource := all[0]()
	var resp fwephemeral.SchemaResponse
	resource.Schema(t.Context(), fwephemeral.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Errorf("%v", diags)
	}
	same(t, "", model.InvocationAttributes(), resp.Schema.Attributes)
}

func same(t *testing.T, at string, data map[string]dschema.Attribute, opened map[string]schema.Attribute) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(data)), slices.Sorted(maps.Keys(opened))); diff != "" {
		t.Fatalf("names at %q (-data source +ephemeral):\n%s", at, diff)
	}
	for name, attribute := range data {
		one, other := reflect.ValueOf(attribute), reflect.ValueOf(opened[name])
		if one.Type().Name() != other.Type().Name() {
			t.Errorf("%s%s is a %s in the data source, and a %s in the ephemeral resource", at, name, one.Type(), other.Type())
			continue
		}
		for i := range one.NumField() {
			field := one.Type().Field(i).Name
			if field == "Attributes" {
				same(t, at+name+".", one.Field(i).Interface().(map[string]dschema.Attribute), other.FieldByName(field).Interface().(map[string]schema.Attribute))
				continue
			}
			if counterpart := other.FieldByName(field); !counterpart.IsValid() || !reflect.DeepEqual(one.Field(i).Interface(), counterpart.Interface()) {
				t.Errorf("%s of %s%s differs", field, at, name)
			}
		}
	}
}
