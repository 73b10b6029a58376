// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
)

const role = "arn:aws:iam::111111111111:role/reader"

// validate validates a block as Terraform does.
func validate(t *testing.T, s tfprotov6.ProviderServer, b block) []*tfprotov6.Diagnostic {
	t.Helper()
	raw := b.raw()
	config, err := tfprotov6.NewDynamicValue(raw.Type(), raw)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: &config})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

// full is a block with every argument.
func full() block {
	return block{
		"region": "us-east-1", "profile": "team", "access_key": "key", "secret_key": "secret", "token": "token",
		"shared_config_files": []any{"~/config"}, "shared_credentials_files": []any{"~/credentials"},
		"assume_role": []any{
			block{
				"role_arn": role, "duration": "1h30m", "external_id": "external", "policy": "{}", "policy_arns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
				"session_name": "reader", "source_identity": "someone", "tags": block{"team": "a"}, "transitive_tag_keys": []any{"team"},
			},
			block{"role_arn": role + "2"},
		},
		"assume_role_with_web_identity": []any{block{
			"role_arn": role, "duration": "20m", "policy": "{}", "policy_arns": []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
			"session_name": "web", "web_identity_token": "web token",
		}},
		"allowed_account_ids": []any{"111111111111"}, "custom_ca_bundle": "bundle.pem", "insecure": true,
		"ec2_metadata_service_endpoint": "http://127.0.0.1", "ec2_metadata_service_endpoint_mode": "IPv6",
		"http_proxy": "http://p:1", "https_proxy": "", "no_proxy": "a.test",
		"max_retries": 25, "retry_mode": "standard", "skip_metadata_api_check": "true", "skip_region_validation": true, "sts_region": "eu-west-1",
		"token_bucket_rate_limiter_capacity": 10, "use_dualstack_endpoint": true, "use_fips_endpoint": true, "user_agent": []any{"team/7", nil},
		"endpoints":         []any{block{"ssm": "http://127.0.0.1:1", "sts": "http://127.0.0.1:2", "sso": "http://127.0.0.1:3", "s3": "http://127.0.0.1:4"}},
		"s3_use_path_style": true, "skip_credentials_validation": true, "skip_requesting_account_id": true,
	}
}

// TestDecode checks the option of each argument.
func TestDecode(t *testing.T) {
	text := func(s string) *string { return &s }
	skip := true
	want := awsclient.Options{
		Region: "us-east-1", Profile: "team", AccessKey: "key", SecretKey: "secret", Token: "token",
		SharedConfigFiles: []string{"~/config"}, SharedCredentialsFiles: []string{"~/credentials"},
		AssumeRole: []awsclient.AssumeRole{
			{
				RoleARN: role, Duration: 90 * time.Minute, ExternalID: "external", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
				SessionName: "reader", SourceIdentity: "someone", Tags: map[string]string{"team": "a"}, TransitiveTagKeys: []string{"team"},
			},
			{RoleARN: role + "2", Tags: map[string]string{}},
		},
		AssumeRoleWithWebIdentity: &awsclient.WebIdentity{
			RoleARN: role, Duration: 20 * time.Minute, Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, SessionName: "web", Token: "web token",
		},
		AllowedAccountIDs: []string{"111111111111"}, CustomCABundle: "bundle.pem", Insecure: true,
		HTTPProxy: text("http://p:1"), HTTPSProxy: text(""), NoProxy: text("a.test"),
		EC2MetadataServiceEndpoint: "http://127.0.0.1", EC2MetadataServiceEndpointMode: "IPv6", SkipMetadataAPICheck: &skip,
		MaxRetries: 25, RetryMode: "standard", TokenBucketRateLimiterCapacity: 10,
		SkipRegionValidation: true, STSRegion: "eu-west-1", UseDualStack: true, UseFIPS: true,
		Endpoints:      awsclient.Endpoints{SSM: "http://127.0.0.1:1", STS: "http://127.0.0.1:2", SSO: "http://127.0.0.1:3", S3: "http://127.0.0.1:4"},
		S3UsePathStyle: true, UserAgent: []string{"team/7"},
	}
	got, problems, diags := decode(t.Context(), full().config())
	if len(problems) > 0 || diags.HasError() {
		t.Fatal(problems, diags)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}

	got, problems, diags = decode(t.Context(), block{}.config())
	if len(problems) > 0 || diags.HasError() {
		t.Fatal(problems, diags)
	}
	if diff := cmp.Diff(awsclient.Options{}, got); diff != "" {
		t.Errorf("options of an empty block (-want +got):\n%s", diff)
	}
}

func TestValidate(t *testing.T) {
	tests := map[string]struct {
		block block
		at    string // the attribute of the diagnostic
	}{
		"region":                 {block{"region": "us-east1"}, `AttributeName("region")`},
		"half a key":             {block{"access_key": "a"}, `AttributeName("access_key")`},
		"duration":               {block{"assume_role": []any{block{"role_arn": role}, block{"role_arn": role, "duration": "an hour"}}}, `AttributeName("assume_role").ElementKeyInt(1).AttributeName("duration")`},
		"no duration":            {block{"assume_role": []any{block{"role_arn": role, "duration": "0s"}}}, `AttributeName("assume_role").ElementKeyInt(0).AttributeName("duration")`},
		"role":                   {block{"assume_role": []any{block{"role_arn": "reader"}}}, `AttributeName("assume_role").ElementKeyInt(0).AttributeName("role_arn")`},
		"no token":               {block{"assume_role_with_web_identity": []any{block{"role_arn": role}}}, `AttributeName("assume_role_with_web_identity").ElementKeyInt(0).AttributeName("web_identity_token")`},
		"endpoint":               {block{"endpoints": []any{block{"ssm": "localhost:4566"}}}, `AttributeName("endpoints")`},
		"metadata switch":        {block{"skip_metadata_api_check": "yes"}, `AttributeName("skip_metadata_api_check")`},
		"account":                {block{"forbidden_account_ids": []any{"prod"}}, `AttributeName("forbidden_account_ids")`},
		"together with unknowns": {block{"region": "us-east1", "profile": unknown, "assume_role": unknown}, `AttributeName("region")`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			diags := validate(t, server(t), test.block)
			if len(diags) != 1 || diags[0].Summary != "Invalid Provider Configuration" || diags[0].Attribute.String() != test.at {
				for _, d := range diags {
					t.Logf("%s at %s: %s", d.Summary, d.Attribute, d.Detail)
				}
				t.Fatalf("%d diagnostics, want one at %s", len(diags), test.at)
			}
			if _, resp := configure(t, withoutUnknowns(test.block), noCapabilities); !resp.Diagnostics.HasError() {
				t.Error("Configure accepts it")
			}
		})
	}
}

// withoutUnknowns returns the block with known values, as Configure gets it during apply.
func withoutUnknowns(b block) block {
	known := block{}
	for name, v := range b {
		if v != unknown {
			known[name] = v
		}
	}
	return known
}

func TestAtMostOneBlock(t *testing.T) {
	for name, b := range map[string]block{
		"endpoints":                     {"endpoints": []any{block{"ssm": "http://a.test"}, block{"ssm": "http://b.test"}}},
		"assume_role_with_web_identity": {"assume_role_with_web_identity": []any{block{"role_arn": role, "web_identity_token": "a"}, block{"role_arn": role, "web_identity_token": "b"}}},
	} {
		if diags := validate(t, server(t), b); len(diags) != 1 || !strings.Contains(diags[0].Detail, name) {
			t.Errorf("%s: %d diagnostics", name, len(diags))
		}
	}
}

// TestValid has valid blocks, most of them with unknown values.
func TestValid(t *testing.T) {
	tests := map[string]block{
		"every argument":                full(),
		"nothing":                       {},
		"region unknown":                {"region": unknown},
		"half a key, the other unknown": {"access_key": "a", "secret_key": unknown},
		"a token, the key unknown":      {"token": "t", "access_key": unknown},
		"another form of Region, unknown whether allowed": {"region": "mars", "skip_region_validation": unknown},
		"role to be":                {"assume_role": []any{block{"role_arn": unknown, "duration": unknown, "tags": block{"a": unknown}, "policy_arns": []any{unknown}}}},
		"roles to be":               {"assume_role": unknown, "assume_role_with_web_identity": unknown, "endpoints": unknown},
		"token to be":               {"assume_role_with_web_identity": []any{block{"role_arn": role, "web_identity_token": unknown}}},
		"token file unknown":        {"assume_role_with_web_identity": []any{block{"role_arn": role, "web_identity_token_file": unknown}}},
		"URL to be":                 {"endpoints": []any{block{"ssm": unknown}}},
		"account unknown":           {"allowed_account_ids": []any{unknown, "111111111111"}, "forbidden_account_ids": unknown},
		"number and switch unknown": {"max_retries": unknown, "insecure": unknown, "skip_metadata_api_check": unknown},
	}
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			for _, d := range validate(t, server(t), b) {
				t.Errorf("%s at %s: %s", d.Summary, d.Attribute, d.Detail)
			}
		})
	}
}
