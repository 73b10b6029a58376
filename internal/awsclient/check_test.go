// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"strings"
	"testing"
	"time"
)

func TestLooksLikeRegion(t *testing.T) {
	for region, want := range map[string]bool{
		"us-east-1": true, "ap-southeast-7": true, "us-gov-west-1": true, "cn-north-1": true, "us-iso-east-1": true,
		"us-isob-east-1": true, "eusc-de-east-1": true, "mx-central-1": true,
		"": false, "us-east1": false, "us-east-1a": false, "US-EAST-1": false, "Frankfurt": false, "global": false,
		"us-east-1 ": false, "us-east-1\n": false, "https://x": false,
	} {
		if got := LooksLikeRegion(region); got != want {
			t.Errorf("LooksLikeRegion(%q) = %v", region, got)
		}
	}
}

// TestProblems has one wrong value for each rule, and the argument it must name.
func TestProblems(t *testing.T) {
	text := func(s string) *string { return &s }
	role := func(change func(*AssumeRole)) Options {
		r := AssumeRole{RoleARN: roleOne}
		change(&r)
		return Options{AssumeRole: []AssumeRole{{RoleARN: roleTwo}, r}}
	}
	web := func(change func(*WebIdentity)) Options {
		w := WebIdentity{RoleARN: roleOne, Token: "t"}
		change(&w)
		return Options{AssumeRoleWithWebIdentity: &w}
	}
	tests := map[string]struct {
		opts Options
		want string
	}{
		"region":                    {Options{Region: "us-east1"}, "region"},
		"STS region":                {Options{STSRegion: "us-east1"}, "sts_region"},
		"key without secret":        {Options{AccessKey: "a"}, "access_key"},
		"secret without key":        {Options{SecretKey: "s"}, "secret_key"},
		"token alone":               {Options{Token: "t"}, "token"},
		"both lists of accounts":    {Options{AllowedAccountIDs: []string{"111111111111"}, ForbiddenAccountIDs: []string{"222222222222"}}, "forbidden_account_ids"},
		"allowed account":           {Options{AllowedAccountIDs: []string{"1111-1111-1111"}}, "allowed_account_ids"},
		"forbidden account":         {Options{ForbiddenAccountIDs: []string{"prod"}}, "forbidden_account_ids"},
		"no role":                   {role(func(r *AssumeRole) { r.RoleARN = "" }), "assume_role[1].role_arn"},
		"a role's name":             {role(func(r *AssumeRole) { r.RoleARN = "reader" }), "assume_role[1].role_arn"},
		"a user":                    {role(func(r *AssumeRole) { r.RoleARN = "arn:aws:iam::111111111111:user/x" }), "assume_role[1].role_arn"},
		"a session":                 {role(func(r *AssumeRole) { r.RoleARN = "arn:aws:sts::111111111111:assumed-role/x/y" }), "assume_role[1].role_arn"},
		"too short":                 {role(func(r *AssumeRole) { r.Duration = 14 * time.Minute }), "assume_role[1].duration"},
		"too long":                  {role(func(r *AssumeRole) { r.Duration = 13 * time.Hour }), "assume_role[1].duration"},
		"external id":               {role(func(r *AssumeRole) { r.ExternalID = "the secret" }), "assume_role[1].external_id"},
		"session name":              {role(func(r *AssumeRole) { r.SessionName = "a b" }), "assume_role[1].session_name"},
		"source identity":           {role(func(r *AssumeRole) { r.SourceIdentity = "a b" }), "assume_role[1].source_identity"},
		"policy":                    {role(func(r *AssumeRole) { r.Policy = "{" }), "assume_role[1].policy"},
		"policy ARN":                {role(func(r *AssumeRole) { r.PolicyARNs = []string{"ReadOnlyAccess"} }), "assume_role[1].policy_arns"},
		"web identity's role":       {web(func(w *WebIdentity) { w.RoleARN = "x" }), "assume_role_with_web_identity[0].role_arn"},
		"no token":                  {web(func(w *WebIdentity) { w.Token = "" }), "assume_role_with_web_identity[0].web_identity_token"},
		"two tokens":                {web(func(w *WebIdentity) { w.TokenFile = "f" }), "assume_role_with_web_identity[0].web_identity_token"},
		"web identity's duration":   {web(func(w *WebIdentity) { w.Duration = time.Minute }), "assume_role_with_web_identity[0].duration"},
		"endpoint without scheme":   {Options{Endpoints: Endpoints{SSM: "localhost:4566"}}, "endpoints.ssm"},
		"endpoint without host":     {Options{Endpoints: Endpoints{STS: "https:///x"}}, "endpoints.sts"},
		"endpoint of another kind":  {Options{Endpoints: Endpoints{SSO: "ftp://x"}}, "endpoints.sso"},
		"endpoint that is none":     {Options{Endpoints: Endpoints{S3: "http://a b"}}, "endpoints.s3"},
		"metadata endpoint":         {Options{EC2MetadataServiceEndpoint: "169.254.169.254"}, "ec2_metadata_service_endpoint"},
		"metadata mode":             {Options{EC2MetadataServiceEndpointMode: "ipv4"}, "ec2_metadata_service_endpoint_mode"},
		"retry mode":                {Options{RetryMode: "legacy"}, "retry_mode"},
		"HTTP proxy":                {Options{HTTPProxy: text("http://user:the secret@[host")}, "http_proxy"},
		"HTTPS proxy":               {Options{HTTPSProxy: text("http://user:the secret@[host")}, "https_proxy"},
		"user agent":                {Options{UserAgent: []string{"team/7", "a\r\nX-Header: b"}}, "user_agent"},
		"no host label":             {Options{Region: "us east/1", SkipRegionValidation: true}, "region"},
		"no host label for STS":     {Options{STSRegion: "us-east-1\n", SkipRegionValidation: true}, "sts_region"},
		"negative retries":          {Options{MaxRetries: -1}, "max_retries"},
		"negative limiter capacity": {Options{TokenBucketRateLimiterCapacity: -1}, "token_bucket_rate_limiter_capacity"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			problems := test.opts.Problems()
			if len(problems) != 1 || problems[0].Argument != test.want {
				t.Fatalf("problems = %v, want one of %s", problems, test.want)
			}
			if strings.Contains(problems[0].Error(), "the secret") {
				t.Errorf("the text shows the value: %s", problems[0])
			}
			if _, err := New(test.opts); err == nil {
				t.Error("New accepts it")
			}
		})
	}
}

func TestNoProblems(t *testing.T) {
	for name, opts := range map[string]Options{
		"nothing set":           {},
		"a strange region":      {Region: "mars", STSRegion: "mars", SkipRegionValidation: true},
		"no proxy":              {HTTPProxy: new(string), HTTPSProxy: new(string), NoProxy: new(string)},
		"a path in an endpoint": {Endpoints: Endpoints{SSM: "http://localhost:4566/ssm"}},
		"the longest session":   {AssumeRole: []AssumeRole{{RoleARN: "arn:aws-us-gov:iam::111111111111:role/path/x", Duration: 12 * time.Hour}}},
	} {
		if problems := opts.Problems(); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestConcerns says which unknown argument may make a problem go away.
func TestConcerns(t *testing.T) {
	for argument, want := range map[string]bool{"access_key": true, "secret_key": true, "token": false, "region": false} {
		if got := (Options{AccessKey: "a"}).Problems()[0].Concerns(argument); got != want {
			t.Errorf("%s: %v", argument, got)
		}
	}
}
