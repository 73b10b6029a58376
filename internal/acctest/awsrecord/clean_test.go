// SPDX-License-Identifier: MPL-2.0

package awsrecord_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest/awsrecord"
)

// roundTripper is a service in a function.
type roundTripper func(*http.Request) (int, string)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

var exampleKeys = credentials.NewStaticCredentialsProvider("AKIAACCTESTACCTEST00", "secret", "")

// TestClean cancels a command that a test left running, and deletes the objects under its prefix.
func TestClean(t *testing.T) {
	t.Parallel()
	s := fakeSite(t)
	var deleted []string
	s.s3 = s3.New(s3.Options{Region: s.region, Credentials: exampleKeys, UsePathStyle: true, HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (int, string) {
		if r.Method == http.MethodDelete {
			deleted = append(deleted, r.URL.Path)
			return http.StatusNoContent, ""
		}
		if got := r.URL.Query().Get("prefix"); got != s.prefix+"/" {
			t.Errorf("prefix %q", got)
		}
		return http.StatusOK, `<ListBucketResult><Contents><Key>` + s.prefix + `/a</Key></Contents><Contents><Key>` + s.prefix + `/b</Key></Contents></ListBucketResult>`
	})}})
	a := account{s, awsrecord.Start(t, s.upstream)}
	a.test(t, resource.TestStep{Config: a.config(a.command(longCommand, "wait_for_completion = false", "cancel_on_destroy = false"))})
	if len(a.Commands()) != 1 {
		t.Fatalf("commands %q", a.Commands())
	}
	a.clean(t)
	status := func() types.CommandInvocationStatus {
		out, err := s.ssm.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &a.Commands()[0], InstanceId: &s.node})
		if err != nil {
			t.Fatal(err)
		}
		return out.Status
	}
	// The agent reports the cancellation a moment later. The command itself runs for 90 seconds.
	for deadline := time.Now().Add(30 * time.Second); status() != types.CommandInvocationStatusCancelled; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("status %s", status())
		}
	}
	if want := []string{"/" + s.bucket + "/" + s.prefix + "/a", "/" + s.bucket + "/" + s.prefix + "/b"}; !slices.Equal(deleted, want) {
		t.Errorf("deleted %q, want %q", deleted, want)
	}
}

// TestCreateDocument creates the document, waits until it is active, and deletes it at the end.
func TestCreateDocument(t *testing.T) {
	var operations []string
	client := ssm.New(ssm.Options{Region: "us-east-1", Credentials: exampleKeys, HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (int, string) {
		operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
		operations = append(operations, operation)
		if operation == "DescribeDocument" && len(operations) == 2 {
			return http.StatusOK, `{"Document":{"Status":"Creating"}}`
		}
		return http.StatusOK, `{"Document":{"Status":"Active"}}`
	})}})
	t.Run("test", func(t *testing.T) { createDocument(t, client, "terraform-provider-ssm-acc-1") })
	if want := []string{"CreateDocument", "DescribeDocument", "DescribeDocument", "DeleteDocument"}; !slices.Equal(operations, want) {
		t.Errorf("operations %q, want %q", operations, want)
	}
}
