// SPDX-License-Identifier: MPL-2.0

// Command docschema adds the schemas of actions, list resources, and resource identities to the
// output of `terraform providers schema -json`, which has them only in Terraform 1.14 and later.
// The documentation is generated from the result, and does not depend on the version of the CLI.
//
//	terraform providers schema -json | go run ./internal/docschema
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "docschema:", err)
		os.Exit(1)
	}
}

// run reads the JSON of one provider, and writes it with the schemas of this provider in place of
// those that the JSON has or does not have.
func run(ctx context.Context, in io.Reader, out io.Writer) error {
	var document struct {
		FormatVersion   string                                `json:"format_version"`
		ProviderSchemas map[string]map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.NewDecoder(in).Decode(&document); err != nil {
		return fmt.Errorf("reading the schemas failed: %w", err)
	}
	if n := len(document.ProviderSchemas); n != 1 {
		return fmt.Errorf("the schemas of %d providers were read, want those of one", n)
	}
	added, err := schemas(ctx)
	if err != nil {
		return err
	}
	for _, members := range document.ProviderSchemas {
		for name, value := range added {
			if members[name], err = json.Marshal(value); err != nil {
				return fmt.Errorf("writing %s failed: %w", name, err)
			}
		}
	}
	return json.NewEncoder(out).Encode(document)
}

// schemas returns what is added, by its name in the JSON.
func schemas(ctx context.Context) (map[string]any, error) {
	server, err := providerserver.NewProtocol6WithError(provider.New(ctx, "dev")())()
	if err != nil {
		return nil, fmt.Errorf("starting the provider failed: %w", err)
	}
	all, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the provider's schemas failed: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("reading the provider's identity schemas failed: %w", err)
	}
	for _, d := range append(all.Diagnostics, identities.Diagnostics...) {
		return nil, fmt.Errorf("reading the provider's schemas failed: %s: %s", d.Summary, d.Detail)
	}
	return map[string]any{
		"action_schemas":            converted(all.ActionSchemas, newAction),
		"list_resource_schemas":     converted(all.ListResourceSchemas, newSchema),
		"resource_identity_schemas": converted(identities.IdentitySchemas, newIdentity),
	}, nil
}

// converted converts the values of a map.
func converted[From, To any](from map[string]From, convert func(From) To) map[string]To {
	to := map[string]To{}
	for name, value := range from {
		to[name] = convert(value)
	}
	return to
}
