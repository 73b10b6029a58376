// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const keyA = "pre/fix/" + commandA + "/" + nodeA + "/awsrunShellScript/0.awsrunShellScript/"

// long is a stream that is complete only in S3. It contains bytes that are not UTF-8, NUL, and
// \r\n.
var long = strings.Repeat("0123456789 ä€\x00\xff\r\n", 5000)

// uploaded is a server with a command that wrote its output to a bucket.
func uploaded(t *testing.T, change func(*fakeaws.Command), faults ...fakeaws.Fault) *fakeaws.Server {
	t.Helper()
	command := fakeaws.Command{
		CommandID: commandA, OutputS3BucketName: "bucket", OutputS3KeyPrefix: "pre/fix",
		Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{StandardOutput: long}}}},
	}
	if change != nil {
		change(&command)
	}
	return serve(t, fakeaws.Script{Commands: []fakeaws.Command{command}, Faults: faults})
}

// s3Client is a real SDK client on the server's in-memory transport, with its default verification
// of checksums.
func s3Client(s *fakeaws.Server, options ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", Credentials: static("AKIDEXAMPLE"), UsePathStyle: true,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		HTTPClient:                 &http.Client{Transport: s.Transport()},
	}, options...)
}

// readObject reads an object to its end.
func readObject(ctx context.Context, c *s3.Client, key string) (string, error) {
	out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

func status(err error) int {
	if response, ok := asError[*smithyhttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

// TestGetObject reads the complete stream at the URL of a truncated response. The SDK verifies the
// checksum; it would log a missing checksum.
func TestGetObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := uploaded(t, nil)
		response, err := get(t, client(server), "")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "URL", aws.ToString(response.StandardOutputUrl), "https://s3.us-east-1.amazonaws.com/bucket/"+keyA+"stdout")
		if len(*response.StandardOutputContent) >= len(long) {
			t.Fatal("the output was not truncated")
		}
		var log bytes.Buffer
		c := s3Client(server, func(o *s3.Options) { o.Logger = logging.NewStandardLogger(&log) })
		out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String(keyA + "stdout")})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "object", string(body), long)
		if log.Len() > 0 {
			t.Errorf("the SDK logged: %s", &log)
		}
		if aws.ToInt64(out.ContentLength) != int64(len(long)) || aws.ToString(out.ContentType) != "text/plain" ||
			len(aws.ToString(out.ETag)) != 34 || !aws.ToTime(out.LastModified).Equal(server.Start()) || out.ChecksumType != types.ChecksumTypeFullObject {
			t.Errorf("response %+v", out)
		}
		got := server.Requests()[1]
		if got.Operation != "GetObject" || got.Bucket != "bucket" || got.Key != keyA+"stdout" || got.Region != "us-east-1" || got.Service != "s3" ||
			got.AccessKeyID != "AKIDEXAMPLE" || got.CommandID != commandA || got.InstanceID != nodeA || got.PluginName != "aws:runShellScript" || got.Outcome != "200" {
			t.Errorf("recorded %+v", got)
		}
	})
}

// TestHeadObject has the same header as GetObject and no body, over both ways to the server.
func TestHeadObject(t *testing.T) {
	server := uploaded(t, nil, fakeaws.Fault{Operation: "HeadObject", Kind: fakeaws.TruncateBody, Skip: 1, Times: -1})
	endpoint, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for _, c := range []*s3.Client{
		s3Client(server),
		s3Client(server, func(o *s3.Options) {
			o.BaseEndpoint, o.HTTPClient = &endpoint, &http.Client{Transport: transport}
		}),
	} {
		out, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String(keyA + "stdout")})
		if err != nil || aws.ToInt64(out.ContentLength) != int64(len(long)) {
			t.Errorf("%+v, %v", out, err)
		}
		if _, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("other")}); code(err) != "NotFound" || status(err) != 404 {
			t.Errorf("missing: %v", err)
		}
	}
	if got := server.Count("HeadObject"); got != 4 {
		t.Errorf("%d requests, want 4", got)
	}
}

// TestAddresses requests one bucket in every way that the SDK supports, and reads the objects that
// the URLs of responses name.
func TestAddresses(t *testing.T) {
	inChina := func(c *fakeaws.Command) { c.OutputS3Region = "cn-north-1" }
	tests := map[string]struct {
		change func(*fakeaws.Command)
		option func(*s3.Options)
		host   string
		url    string
	}{
		"path":         {host: "s3.us-east-1.amazonaws.com"},
		"virtual host": {option: func(o *s3.Options) { o.UsePathStyle = false }, host: "bucket.s3.us-east-1.amazonaws.com"},
		"FIPS":         {option: func(o *s3.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }, host: "s3-fips.us-east-1.amazonaws.com"},
		"dualstack host": {option: func(o *s3.Options) {
			o.UsePathStyle = false
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}, host: "bucket.s3.dualstack.us-east-1.amazonaws.com"},
		"own endpoint": {option: func(o *s3.Options) { o.BaseEndpoint = aws.String("http://objects.example:9000") }, host: "objects.example:9000"},
		"own host":     {option: func(o *s3.Options) { o.UsePathStyle = false; o.BaseEndpoint = aws.String("http://localhost:9000") }, host: "bucket.localhost:9000"},
		"China":        {change: inChina, option: func(o *s3.Options) { o.Region = "cn-north-1" }, host: "s3.cn-north-1.amazonaws.com.cn", url: "https://s3.cn-north-1.amazonaws.com.cn/bucket/"},
		"global URL":   {change: func(c *fakeaws.Command) { c.S3URLStyle = fakeaws.S3Global }, host: "s3.us-east-1.amazonaws.com", url: "https://s3.amazonaws.com/bucket/"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := uploaded(t, test.change)
			if test.option == nil {
				test.option = func(*s3.Options) {}
			}
			response, err := get(t, client(server), "")
			if err != nil {
				t.Fatal(err)
			}
			address, err := url.Parse(*response.StandardOutputUrl)
			if err != nil || !strings.HasPrefix(*response.StandardOutputUrl, test.url) {
				t.Fatalf("URL %s (%v), want one in %s", *response.StandardOutputUrl, err, test.url)
			}
			got, err := readObject(t.Context(), s3Client(server, test.option), strings.TrimPrefix(address.Path, "/bucket/"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "object", got, long)
			same(t, "host", server.Requests()[1].Host, test.host)
		})
	}
}

// TestWhenObjectsExist reads both streams over time. An object exists after the step is complete,
// or later if the upload is late. It never exists for an empty stream, a failed upload, or a step
// whose completion the agent did not report. Responses of Systems Manager always contain both URLs.
func TestWhenObjectsExist(t *testing.T) {
	type look struct {
		at   fakeaws.Seconds
		want string // The error's code, "" if the object exists.
	}
	ends := func(status, details string) []fakeaws.Moment {
		return []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 5, Status: status, StatusDetails: details}}
	}
	tests := map[string]struct {
		step    fakeaws.Step
		command func(*fakeaws.Command)
		looks   []look
	}{
		"at the end":  {step: fakeaws.Step{Timeline: ends("Success", ""), StandardOutput: "x", OutputLag: 100}, looks: []look{{4, "NoSuchKey"}, {5, ""}}},
		"failed":      {step: fakeaws.Step{Timeline: ends("Failed", ""), StandardOutput: "x"}, looks: []look{{5, ""}}},
		"late":        {step: fakeaws.Step{Timeline: ends("Success", ""), StandardOutput: "x", UploadedAfter: 2}, looks: []look{{5, "NoSuchKey"}, {6, "NoSuchKey"}, {7, ""}}},
		"empty":       {step: fakeaws.Step{Timeline: ends("Success", ""), StandardError: "x"}, looks: []look{{5, "NoSuchKey"}}},
		"not at all":  {step: fakeaws.Step{Timeline: ends("Success", ""), StandardOutput: "x", NeverUploaded: true}, looks: []look{{50, "NoSuchKey"}}},
		"unreachable": {step: fakeaws.Step{Timeline: ends("TimedOut", "DeliveryTimedOut"), StandardOutput: "x"}, looks: []look{{50, "NoSuchKey"}}},
		"forgotten": {step: fakeaws.Step{Timeline: ends("Success", ""), StandardOutput: "x"}, looks: []look{{50, ""}},
			command: func(c *fakeaws.Command) { c.ForgottenAt = fakeaws.At(10) }},
		"hidden": {step: fakeaws.Step{Timeline: ends("Success", ""), StandardOutput: "x"}, looks: []look{{4, "AccessDenied"}, {5, ""}},
			command: func(c *fakeaws.Command) { c.OutputS3ListDenied = true }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				server := uploaded(t, func(c *fakeaws.Command) {
					c.Invocations[0].Steps = []fakeaws.Step{test.step}
					if test.command != nil {
						test.command(c)
					}
				})
				for _, look := range test.looks {
					time.Sleep(time.Until(start.Add(look.at.Duration())))
					got, err := readObject(t.Context(), s3Client(server), keyA+"stdout")
					if code(err) != look.want || (look.want == "") != (got == "x" && err == nil) {
						t.Errorf("at %v: %q, %v, want %q", look.at, got, err, look.want)
					}
				}
			})
		})
	}
}

// TestSteps reads standard error of the second of two steps, each of which has its own key.
func TestSteps(t *testing.T) {
	server := uploaded(t, func(c *fakeaws.Command) {
		c.OutputS3KeyPrefix = ""
		c.Invocations[0].Steps = []fakeaws.Step{{Name: "first", StandardError: "1"}, {Name: "second", StandardError: "2"}}
	})
	for step, want := range map[string]string{"first": "1", "second": "2"} {
		got, err := readObject(t.Context(), s3Client(server), commandA+"/"+nodeA+"/awsrunShellScript/"+step+"/stderr")
		if err != nil {
			t.Fatal(err)
		}
		same(t, step, got, want)
	}
}

// TestBucketInOtherRegion reads a bucket that is not in the Region of its URL. The header of the
// redirect has the right Region.
func TestBucketInOtherRegion(t *testing.T) {
	server := uploaded(t, func(c *fakeaws.Command) { c.OutputS3Region, c.OutputS3BucketRegion = "us-east-1", "eu-central-1" })
	_, err := readObject(t.Context(), s3Client(server), keyA+"stdout")
	response, ok := asError[*smithyhttp.ResponseError](err)
	if !ok || code(err) != "PermanentRedirect" || response.HTTPStatusCode() != 301 || response.Response.Header.Get("X-Amz-Bucket-Region") != "eu-central-1" {
		t.Fatalf("%v, want a redirect to eu-central-1", err)
	}
	got, err := readObject(t.Context(), s3Client(server, func(o *s3.Options) { o.Region = "eu-central-1" }), keyA+"stdout")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "object", got, long)
}

// TestBucketsOfSeveralRegions does not set the Region of a bucket: every Region whose responses
// contain it works, and no other.
func TestBucketsOfSeveralRegions(t *testing.T) {
	server := serve(t, fakeaws.Script{Regions: []string{"eu-west-1", "eu-west-2"}, Commands: []fakeaws.Command{{
		CommandID: commandA, OutputS3BucketName: "bucket", OutputS3KeyPrefix: "pre/fix/",
		Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{StandardOutput: "x"}}}},
	}}})
	for region, want := range map[string]string{"eu-west-1": "", "eu-west-2": "", "us-east-1": "PermanentRedirect"} {
		if _, err := readObject(t.Context(), s3Client(server, func(o *s3.Options) { o.Region = region }), keyA+"stdout"); code(err) != want {
			t.Errorf("%s: %v, want %q", region, err, want)
		}
	}
}
