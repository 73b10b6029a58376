// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// The arguments that limit the read of an object are checked before any request, in the data source
// and in the ephemeral resource. A message to Terraform has room for 64 MiB per stream.
func TestCompleteOutputArguments(t *testing.T) {
	t.Parallel()
	const mib64 = 64 << 20
	p := newProtocol(t)
	base := arguments{"command_id": command, "instance_id": node}
	complete := base.with("complete_output", true)
	for name, test := range map[string]struct {
		arguments         arguments
		summary, argument string
		contains          []string
	}{
		"the largest limit":      {complete.with("max_output_bytes", mib64), "", "", nil},
		"a byte more":            {complete.with("max_output_bytes", mib64+1), "Invalid Attribute Value", "max_output_bytes", []string{"between 1 and 67108864", "67108865"}},
		"no limit, in 64 bits":   {complete.with("max_output_bytes", int64(1<<63-1)), "Invalid Attribute Value", "max_output_bytes", []string{"between 1 and 67108864"}},
		"an account ID":          {complete.with("expected_bucket_owner", "012345678901"), "", "", nil},
		"11 digits":              {complete.with("expected_bucket_owner", "12345678901"), "Invalid Attribute Value Match", "expected_bucket_owner", []string{"12 digits"}},
		"13 digits":              {complete.with("expected_bucket_owner", "1234567890123"), "Invalid Attribute Value Match", "expected_bucket_owner", []string{"12 digits"}},
		"an ARN":                 {complete.with("expected_bucket_owner", "arn:aws:iam::123456789012:root"), "Invalid Attribute Value Match", "expected_bucket_owner", []string{"12 digits"}},
		"no complete output":     {base.with("expected_bucket_owner", "123456789012"), "Invalid Attribute Combination", "expected_bucket_owner", []string{"Set complete_output = true, or remove expected_bucket_owner"}},
		"complete_output, false": {base.with("expected_bucket_owner", "123456789012").with("complete_output", false), "Invalid Attribute Combination", "expected_bucket_owner", []string{"complete_output = true"}},
	} {
		for _, kind := range []string{"ssm_command_invocation", ephemeralKind} {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				found := p.validate(t.Context(), t, kind, test.arguments)
				if test.summary != "" {
					only(t, found, test.summary, test.argument, test.contains...)
				} else if len(found) > 0 {
					t.Errorf("diagnostics %s", describe(found))
				}
			})
		}
	}
}

// S3 receives the account ID in a header, and compares it. Without the argument, the header is
// absent.
func TestExpectedBucketOwner(t *testing.T) {
	t.Parallel()
	const header = "X-Amz-Expected-Bucket-Owner"
	s := written(strings.Repeat("0123456789\n", 3000), "")
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []string{"ssm_command_invocation", ephemeralKind} {
			virtually(t, func(t *testing.T, p *protocol) {
				_, fake := play(t, s)
				var sent []string
				p.over(roundTrip(func(r *http.Request) (*http.Response, error) {
					if operation(r) == "GetObject" {
						sent = append(sent, strings.Join(r.Header.Values(header), ","))
						if r.Header.Get(header) == "999999999999" { // S3's response if another account owns the bucket.
							return response(403, nil, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"), nil
						}
					}
					return fake.RoundTrip(r)
				}))
				requested := arguments{"command_id": command, "instance_id": node, "complete_output": true}
				for _, owner := range []string{"", "012345678901"} {
					a := requested
					if owner != "" {
						a = requested.with("expected_bucket_owner", owner)
					}
					if _, found := p.read(t.Context(), t, kind, a); len(found) > 0 {
						t.Errorf("%s: diagnostics %s", kind, describe(found))
					}
				}
				_, found := p.read(t.Context(), t, kind, requested.with("expected_bucket_owner", "999999999999"))
				only(t, found, "Access Denied", "complete_output", "If expected_bucket_owner is set, check that this account owns the bucket")
				if got := strings.Join(sent, " "); got != " 012345678901 999999999999" {
					t.Errorf("%s: owners sent: %q", kind, got)
				}
			})
		}
	})
	t.Run("over the CLI", func(t *testing.T) {
		t.Parallel()
		fake := acctest.Serve(t, s)
		var mu sync.Mutex
		var sent []string
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			sent = append(sent, r.Header.Get(header))
			mu.Unlock()
			fake.ServeHTTP(w, r)
		}))
		defer front.Close()
		acctest.NewWorkspace(t, fake.Provider(endpoints(fake, front.URL))+acctest.Invocation(command, node, completely, `expected_bucket_owner = "123456789012"`)).
			Succeed(t, "plan")
		if mu.Lock(); len(sent) != 1 || sent[0] != "123456789012" {
			t.Errorf("owners sent: %q", sent)
		}
		mu.Unlock()
	})
}

// An error of S3 is reported as such at complete_output, with the final status of the step.
func TestObjectsThatS3Rejects(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789\n", 3000)
	object := "s3://outputs/" + key("stdout")
	for name, test := range map[string]struct {
		status   int
		body     string
		summary  string
		contains []string
	}{
		"archived": {403, "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage class</Message></Error>",
			"Request Rejected", []string{"InvalidObjectState: The operation is not valid for the object's storage class", "storage class"}},
		"a key that is disabled": {400, "<Error><Code>KMS.DisabledException</Code><Message>arn:aws:kms:us-east-1:123456789012:key/1 is disabled.</Message></Error>",
			"Request Rejected", []string{"KMS.DisabledException: arn:aws:kms:us-east-1:123456789012:key/1 is disabled", "encryption"}},
		"a method that S3 does not allow": {405, "<Error><Code>MethodNotAllowed</Code><Message>The specified method is not allowed against this resource.</Message></Error>",
			"Request Rejected", []string{"MethodNotAllowed"}},
		"a bucket in another Region, which S3 does not name": {301, "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message></Error>",
			"Request Rejected", []string{"PermanentRedirect"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				for _, kind := range []string{"ssm_command_invocation", ephemeralKind} {
					_, fake := play(t, written(long, ""))
					p.over(roundTrip(func(r *http.Request) (*http.Response, error) {
						if operation(r) == "GetObject" {
							return response(test.status, http.Header{"X-Amz-Request-Id": {"ID-OF-S3"}}, test.body), nil
						}
						return fake.RoundTrip(r)
					}))
					_, found := p.read(t.Context(), t, kind, arguments{"command_id": command, "instance_id": node, "complete_output": true})
					d := only(t, found, test.summary, "complete_output", append(test.contains, "S3 rejected the request for "+object, "Request ID: ID-OF-S3",
						"The step itself ended as Success. Exit code: 0.", "endpoints.s3", "remove complete_output")...)
					if strings.Contains(d.Detail, "endpoint of Systems Manager") || strings.Contains(d.Detail, "0123456789\n") {
						t.Error(d.Detail)
					}
				}
			})
		})
	}
}
