// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Credentials are fetched inside the call that needs them. A denied sts:AssumeRole does not read as
// a denied ssm:GetCommandInvocation, and a throttled STS is retried.
func TestFetchingCredentialsFails(t *testing.T) {
	sts := func(status int, err error) error {
		return &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err,
		}}
	}
	for name, c := range map[string]struct {
		err   error
		times int
		want  string // Part of the cause of the error; "" if the read succeeds.
	}{
		"refused":      {sts(403, &smithy.GenericAPIError{Code: "AccessDenied", Message: "not authorized to perform: sts:AssumeRole"}), 99, "fetching the credentials for GetCommandInvocation failed: AccessDenied: not authorized to perform: sts:AssumeRole"},
		"none found":   {&smithy.GenericAPIError{Code: "NoCredentials", Message: "no profile"}, 99, "no profile"},
		"throttled":    {sts(400, &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}), 5, ""},
		"out of order": {sts(503, &smithy.GenericAPIError{Code: "ServiceUnavailable"}), 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				server, err := fakeaws.New(sent(fakeaws.Invocation{}))
				if err != nil {
					t.Fatal(err)
				}
				left := c.times
				api := ssm.New(ssm.Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: server.Transport()},
					Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
						if left--; left >= 0 {
							return aws.Credentials{}, c.err
						}
						return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
					})})
				reader := New(api, Options{Region: "us-east-1"})
				if c.want == "" {
					read(t, reader, ask())
					return
				}
				if err := refused[*CredentialsError](t, reader, ask()); !strings.Contains(err.Cause, c.want) {
					t.Errorf("%s", err.Cause)
				}
				if server.Count("") > 0 {
					t.Error("a request was sent without credentials")
				}
			})
		})
	}
}
