// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestContract lists every argument with its type in provider "aws". Configurations depend on each
// line.
func TestContract(t *testing.T) {
	want := map[string]string{
		"access_key":                         "string",
		"allowed_account_ids":                "set of string",
		"custom_ca_bundle":                   "string",
		"ec2_metadata_service_endpoint":      "string",
		"ec2_metadata_service_endpoint_mode": "string",
		"forbidden_account_ids":              "set of string",
		"http_proxy":                         "string",
		"https_proxy":                        "string",
		"insecure":                           "bool",
		"max_retries":                        "number",
		"no_proxy":                           "string",
		"profile":                            "string",
		"region":                             "string",
		"retry_mode":                         "string",
		"s3_use_path_style":                  "bool",
		"secret_key":                         "string, sensitive",
		"shared_config_files":                "list of string",
		"shared_credentials_files":           "list of string",
		"skip_credentials_validation":        "bool",
		"skip_metadata_api_check":            "string",
		"skip_region_validation":             "bool",
		"skip_requesting_account_id":         "bool",
		"sts_region":                         "string",
		"token":                              "string, sensitive",
		"token_bucket_rate_limiter_capacity": "number",
		"use_dualstack_endpoint":             "bool",
		"use_fips_endpoint":                  "bool",
		"user_agent":                         "list of string",

		"assume_role":                     "list block",
		"assume_role.duration":            "string",
		"assume_role.external_id":         "string",
		"assume_role.policy":              "string",
		"assume_role.policy_arns":         "set of string",
		"assume_role.role_arn":            "string, required",
		"assume_role.session_name":        "string",
		"assume_role.source_identity":     "string",
		"assume_role.tags":                "map of string",
		"assume_role.transitive_tag_keys": "set of string",

		"assume_role_with_web_identity":                         "list block",
		"assume_role_with_web_identity.duration":                "string",
		"assume_role_with_web_identity.policy":                  "string",
		"assume_role_with_web_identity.policy_arns":             "set of string",
		"assume_role_with_web_identity.role_arn":                "string, required",
		"assume_role_with_web_identity.session_name":            "string",
		"assume_role_with_web_identity.web_identity_token":      "string, sensitive",
		"assume_role_with_web_identity.web_identity_token_file": "string",

		"endpoints":     "set block",
		"endpoints.s3":  "string",
		"endpoints.sso": "string",
		"endpoints.ssm": "string",
		"endpoints.sts": "string",
	}

	got := map[string]string{}
	add := func(prefix string, attributes map[string]schema.Attribute) {
		for name, attribute := range attributes {
			got[prefix+name] = kind(attribute)
			if attribute.GetMarkdownDescription() == "" {
				t.Errorf("%s has no description", prefix+name)
			}
		}
	}
	s := blockSchema()
	add("", s.Attributes)
	for name, b := range s.Blocks {
		if b.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
		switch b := b.(type) {
		case schema.ListNestedBlock:
			got[name] = "list block"
			add(name+".", b.NestedObject.Attributes)
		case schema.SetNestedBlock:
			got[name] = "set block"
			add(name+".", b.NestedObject.Attributes)
		default:
			t.Errorf("%s is a %T", name, b)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func kind(a schema.Attribute) string {
	var kind string
	switch a.(type) {
	case schema.StringAttribute:
		kind = "string"
	case schema.BoolAttribute:
		kind = "bool"
	case schema.Int64Attribute:
		kind = "number"
	case schema.ListAttribute:
		kind = "list of string"
	case schema.SetAttribute:
		kind = "set of string"
	case schema.MapAttribute:
		kind = "map of string"
	default:
		kind = fmt.Sprintf("%T", a)
	}
	if a.IsSensitive() {
		kind += ", sensitive"
	}
	if a.IsRequired() {
		kind += ", required"
	}
	return kind
}

// TestServed requests the schemas like Terraform, so that the framework validates the
// implementation of all of them.
func TestServed(t *testing.T) {
	resp, err := server(t).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	if resp.DataSourceSchemas["ssm_command_invocation"] == nil {
		t.Error("no data source ssm_command_invocation")
	}
	if diags := blockSchema().ValidateImplementation(t.Context()); diags.HasError() {
		t.Error(diags)
	}
}

func server(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	s, err := providerserver.NewProtocol6WithError(New(t.Context(), "test")())()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
