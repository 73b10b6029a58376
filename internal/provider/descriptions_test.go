// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

// attributesOf are the arguments of a block within the provider block.
func attributesOf(name string) map[string]schema.Attribute {
	return blocks()[name].(schema.ListNestedBlock).NestedObject.Attributes
}

// The described default of duration is the one in the request to STS: 15 minutes for AssumeRole,
// and none for AssumeRoleWithWebIdentity, so that the default of STS applies.
func TestDescribedDurationIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		arguments       block
		sent, described string
	}{
		"assume_role":                   {block{"role_arn": role}, "900", "Defaults to `15m`."},
		"assume_role_with_web_identity": {block{"role_arn": role, "web_identity_token": "token"}, "", "Defaults to `1h`, the default of AWS STS."},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			server, url := fake(t)
			b := block{"region": "us-east-1", name: []any{test.arguments}, "endpoints": []any{block{"ssm": url, "sts": url}}}
			if name == "assume_role" {
				b["access_key"], b["secret_key"] = "AKIAARGUMENTARGUMENT", "secret"
			}
			if _, diags := mustConfigure(t, b).Client(t.Context(), ""); diags.HasError() {
				t.Fatal(diags)
			}
			requests := server.Requests()
			if len(requests) == 0 {
				t.Fatal("no request was sent to STS")
			}
			if got := requests[0].Form.Get("DurationSeconds"); got != test.sent {
				t.Errorf("%s sent the duration %q, want %q", requests[0].Operation, got, test.sent)
			}
			description := attributesOf(name)["duration"].GetMarkdownDescription()
			if !strings.Contains(description, test.described) {
				t.Errorf("duration of %s: %s", name, description)
			}
			// A role that is assumed with a token is the first of its chain.
			if strings.Contains(description, "another role") != (name == "assume_role") {
				t.Errorf("duration of %s: %s", name, description)
			}
		})
	}
}

// A limit in a description is the one that is enforced.
func TestDescribedLimitsAreEnforced(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for name, test := range map[string]struct {
		argument, described string
		good, bad           []any
	}{
		"duration":        {"duration", "from `15m` to `12h`", []any{"15m", "12h"}, []any{"899s", "12h1s"}},
		"session_name":    {"session_name", "2 to 64 letters, digits, and `_+=,.@-`", []any{x(2), x(64), "_+=,.@-"}, []any{x(1), x(65), "a/b"}},
		"source_identity": {"source_identity", "2 to 64 letters, digits, and `_+=,.@-`", []any{x(2), x(64)}, []any{x(1), x(65), "a:b"}},
		"external_id":     {"external_id", "2 to 1,224 letters, digits, and `_+=,.@:/-`", []any{x(2), x(1224), "_+=,.@:/-"}, []any{x(1), x(1225), "a b"}},
		"policy_arns": {"policy_arns", "`arn:aws:iam::aws:policy/ReadOnlyAccess`",
			[]any{[]any{"arn:aws:iam::aws:policy/ReadOnlyAccess"}}, []any{[]any{"ReadOnlyAccess"}}},
	} {
		t.Run(name, func(t *testing.T) {
			problems := func(value any) int {
				t.Helper()
				config := block{"assume_role": []any{block{"role_arn": role, test.argument: value}}}.config()
				_, found, diags := decode(t.Context(), config)
				if diags.HasError() {
					t.Fatal(diags)
				}
				return len(found)
			}
			if text := attributesOf("assume_role")[test.argument].GetMarkdownDescription(); !strings.Contains(text, test.described) {
				t.Errorf("%q is not in: %s", test.described, text)
			}
			for _, value := range test.good {
				if n := problems(value); n != 0 {
					t.Errorf("%v is rejected", value)
				}
			}
			for _, value := range test.bad {
				if n := problems(value); n != 1 {
					t.Errorf("%v has %d problems", value, n)
				}
			}
		})
	}
}

// The description and the index page name the same differences from provider "aws".
func TestDescriptionNamesTheDifferences(t *testing.T) {
	description := blockSchema().MarkdownDescription
	page, err := os.ReadFile("../../templates/index.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"retry_mode", "max_retries", "skip_credentials_validation", "skip_requesting_account_id",
		"default_tags", "ignore_tags", "tag_policy_compliance", "s3_us_east_1_regional_endpoint",
	} {
		if !strings.Contains(description, "`"+name+"`") {
			t.Errorf("%s is not named: %s", name, description)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("%s is not named on the index page", name)
		}
	}
	accepted := blockSchema().Attributes
	for _, name := range []string{"default_tags", "ignore_tags", "tag_policy_compliance", "s3_us_east_1_regional_endpoint"} {
		if accepted[name] != nil || blockSchema().Blocks[name] != nil {
			t.Errorf("%s is accepted, contrary to the description", name)
		}
	}
}
