// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const role = "arn:aws:iam::210987654321:role/path/reader"

func stsClient(s *fakeaws.Server, credentials aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-3", Credentials: credentials, HTTPClient: &http.Client{Transport: s.Transport()}})
}

// TestAssumeRole assumes a role and calls GetCallerIdentity. The key identifies the role that
// signed a request.
func TestAssumeRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, fakeaws.Script{})
		out, err := stsClient(server, static("AKIDEXAMPLE")).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String(role), RoleSessionName: aws.String("me"), ExternalId: aws.String("shared"),
		})
		if err != nil {
			t.Fatal(err)
		}
		keys := out.Credentials
		if got := *keys.AccessKeyId; got != fakeaws.AccessKeyFor(role) || len(got) != 20 || !strings.HasPrefix(got, "ASIA") {
			t.Errorf("access key id %s", got)
		}
		if *keys.SessionToken != fakeaws.SessionTokenFor(role) || *keys.SecretAccessKey == "" || !keys.Expiration.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("credentials %+v", keys)
		}
		if got, want := *out.AssumedRoleUser.Arn, "arn:aws:sts::210987654321:assumed-role/reader/me"; got != want {
			t.Errorf("ARN %s, want %s", got, want)
		}
		assumed := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: *keys.AccessKeyId, SecretAccessKey: *keys.SecretAccessKey, SessionToken: *keys.SessionToken}, nil
		})
		who, err := stsClient(server, assumed).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil || *who.Account != "210987654321" || *who.Arn != *out.AssumedRoleUser.Arn {
			t.Errorf("assumed: %+v, %v", who, err)
		}
		who, err = stsClient(server, static("AKIDEXAMPLE")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil || *who.Account != "123456789012" {
			t.Errorf("own: %+v, %v", who, err)
		}
		requests := server.Requests()
		if r := requests[0]; r.Operation != "AssumeRole" || r.Service != "sts" || r.Region != "eu-west-3" || r.RoleARN != role ||
			r.ExternalID != "shared" || r.SessionName != "me" || r.AccessKeyID != "AKIDEXAMPLE" || r.Outcome != "200" {
			t.Errorf("recorded %+v", r)
		}
		if r := requests[1]; r.Operation != "GetCallerIdentity" || r.AccessKeyID != *keys.AccessKeyId || r.SessionToken != *keys.SessionToken {
			t.Errorf("recorded %+v", r)
		}
	})
}

// TestWebIdentity assumes a role without a signature. The record of the request does not contain
// the token.
func TestWebIdentity(t *testing.T) {
	server := serve(t, fakeaws.Script{})
	out, err := stsClient(server, aws.AnonymousCredentials{}).AssumeRoleWithWebIdentity(t.Context(), &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(role), RoleSessionName: aws.String("me"), WebIdentityToken: aws.String("token"), DurationSeconds: aws.Int32(900),
	})
	if err != nil || *out.Credentials.AccessKeyId != fakeaws.AccessKeyFor(role) || time.Until(*out.Credentials.Expiration) > 15*time.Minute {
		t.Fatalf("%+v, %v", out, err)
	}
	if r := server.Requests()[0]; r.Operation != "AssumeRoleWithWebIdentity" || r.AccessKeyID != "" || r.Form.Has("WebIdentityToken") || r.Form.Get("DurationSeconds") != "900" {
		t.Errorf("recorded %+v", r)
	}
}

// TestSTSErrors checks that faults and rejections have the codes and statuses of STS.
func TestSTSErrors(t *testing.T) {
	tests := map[string]struct {
		kind        fakeaws.FaultKind
		credentials aws.CredentialsProvider
		code        string
		status      int
	}{
		"denied":       {fakeaws.AccessDenied, static("AKIDEXAMPLE"), "AccessDenied", 403},
		"expired":      {fakeaws.ExpiredToken, static("AKIDEXAMPLE"), "ExpiredToken", 403},
		"unknown key":  {fakeaws.UnrecognizedClient, static("AKIDEXAMPLE"), "InvalidClientTokenId", 403},
		"throttled":    {fakeaws.Throttle, static("AKIDEXAMPLE"), "Throttling", 400},
		"broken":       {fakeaws.InternalError, static("AKIDEXAMPLE"), "InternalFailure", 500},
		"wrong secret": {fakeaws.InvalidSignature, static("AKIDEXAMPLE"), "SignatureDoesNotMatch", 403},
		"unsigned":     {"", aws.AnonymousCredentials{}, "MissingAuthenticationToken", 403},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				script := fakeaws.Script{}
				if test.kind != "" {
					script.Faults = []fakeaws.Fault{{Operation: "AssumeRole", Kind: test.kind, Times: -1}}
				}
				_, err := stsClient(serve(t, script), test.credentials).AssumeRole(t.Context(), &sts.AssumeRoleInput{
					RoleArn: aws.String(role), RoleSessionName: aws.String("me"),
				})
				response, ok := asError[*smithyhttp.ResponseError](err)
				if code(err) != test.code || !ok || response.HTTPStatusCode() != test.status {
					t.Errorf("got %v, want %s and HTTP %d", err, test.code, test.status)
				}
			})
		})
	}
}
