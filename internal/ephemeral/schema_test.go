// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// The CLI receives the schema of the data source: names, types, descriptions, sensitivity, and what
// is required, optional, and computed. The only difference is the argument of the timeouts block.
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
	dataSource := schemas.DataSourceSchemas["ssm_command_invocation"].Block
	resource := schemas.EphemeralResourceSchemas["ssm_command_invocation"].Block
	if len(dataSource.Attributes) < 20 {
		t.Fatalf("the data source has %d attributes", len(dataSource.Attributes))
	}
	if diff := cmp.Diff(dataSource.Attributes, resource.Attributes); diff != "" {
		t.Errorf("attributes (-data source +ephemeral resource):\n%s", diff)
	}
	renameTimeout(t, resource, "open", "read")
	if diff := cmp.Diff(dataSource.BlockTypes, resource.BlockTypes); diff != "" {
		t.Errorf("blocks except the argument of timeouts (-data source +ephemeral resource):\n%s", diff)
	}
	for _, word := range []string{"plan", "apply", "destroy", "30 days", "never"} {
		if !strings.Contains(resource.Description, word) {
			t.Errorf("the description does not contain %q: %s", word, resource.Description)
		}
	}
}

// renameTimeout renames the argument of the timeouts block.
func renameTimeout(t *testing.T, block *tfprotov6.SchemaBlock, from, to string) {
	t.Helper()
	for _, nested := range block.BlockTypes {
		for _, attribute := range nested.Block.Attributes {
			if nested.TypeName == "timeouts" && attribute.Name == from {
				attribute.Name = to
				return
			}
		}
	}
	t.Fatalf("timeouts.%s does not exist", from)
}
