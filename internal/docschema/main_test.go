// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/provider"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// decoded is JSON as Go values.
func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// withoutDeprecationMessages removes members that Terraform 1.15 and later writes, and that the
// documentation does not show.
func withoutDeprecationMessages(value any) any {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "deprecation_message")
		for _, member := range value {
			withoutDeprecationMessages(member)
		}
	case []any:
		for _, member := range value {
			withoutDeprecationMessages(member)
		}
	}
	return value
}

// The conversion of the schemas that the CLI shows is what the CLI shows: those of resources, data
// sources, and ephemeral resources, and with a newer CLI also those that this program adds.
func TestConversionIsThatOfTheCLI(t *testing.T) {
	t.Parallel()
	shown := acctest.NewWorkspace(t, acctest.Source+"provider \"ssm\" {}\n").Succeed(t, "providers", "schema", "-json").Stdout
	providers := decoded(t, shown)["provider_schemas"].(map[string]any)
	if len(providers) != 1 {
		t.Fatalf("the CLI shows %d providers, want 1", len(providers))
	}
	server, err := providerserver.NewProtocol6WithError(provider.New(t.Context(), "dev")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	added, err := schemas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mine := map[string]any{
		"resource_schemas":           converted(all.ResourceSchemas, newSchema),
		"data_source_schemas":        converted(all.DataSourceSchemas, newSchema),
		"ephemeral_resource_schemas": converted(all.EphemeralResourceSchemas, newSchema),
	}
	maps.Copy(mine, added)
	for _, members := range providers {
		compared := 0
		for _, name := range slices.Sorted(maps.Keys(mine)) {
			want, ok := members.(map[string]any)[name]
			if !ok {
				if added[name] == nil {
					t.Errorf("the CLI does not show %s", name)
				}
				continue
			}
			compared++
			raw, err := json.Marshal(mine[name])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(withoutDeprecationMessages(want), any(decoded(t, string(raw)))); diff != "" {
				t.Errorf("%s (-CLI +conversion):\n%s", name, diff)
			}
		}
		if compared < 3 {
			t.Errorf("%d kinds were compared, want at least 3", compared)
		}
	}
}

// The output has what the input has, and the added schemas, also if the input has these already.
func TestRun(t *testing.T) {
	t.Parallel()
	const before = `{"format_version": "1.0", "provider_schemas": {"x/y/ssm": {"resource_schemas": {"ssm_command": {"version": 0}}}}}`
	var once, again strings.Builder
	if err := run(t.Context(), strings.NewReader(before), &once); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), strings.NewReader(once.String()), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(once.String(), again.String()); diff != "" {
		t.Errorf("a second run (-first +second):\n%s", diff)
	}
	got := decoded(t, once.String())
	if got["format_version"] != "1.0" {
		t.Errorf("format version: %v", got["format_version"])
	}
	members := got["provider_schemas"].(map[string]any)["x/y/ssm"].(map[string]any)
	names := map[string][]string{}
	for kind, schemas := range members {
		names[kind] = slices.Sorted(maps.Keys(schemas.(map[string]any)))
	}
	want := map[string][]string{
		"resource_schemas":          {"ssm_command"},
		"action_schemas":            {"ssm_cancel_command", "ssm_send_command"},
		"list_resource_schemas":     {"ssm_command"},
		"resource_identity_schemas": {"ssm_command"},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

// Input that is not the schemas of one provider is an error.
func TestRunErrors(t *testing.T) {
	t.Parallel()
	for name, input := range map[string]string{
		"not JSON":      "Error: no such command",
		"no provider":   `{"format_version": "1.0"}`,
		"two providers": `{"format_version": "1.0", "provider_schemas": {"a": {}, "b": {}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), strings.NewReader(input), &strings.Builder{}); err == nil {
				t.Error("no error")
			}
		})
	}
}
