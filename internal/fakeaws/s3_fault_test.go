// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestS3Faults has the result of the Go SDK for each fault: S3's codes and statuses are not those
// of Systems Manager.
func TestS3Faults(t *testing.T) {
	who := "User: arn:aws:iam::123456789012:user/fake is not authorized to perform: "
	tests := map[fakeaws.FaultKind]struct {
		code     string
		status   int
		attempts int
		text     string
	}{
		fakeaws.Throttle:           {"SlowDown", 503, 3, "Please reduce your request rate."},
		fakeaws.InternalError:      {"InternalError", 500, 3, "We encountered an internal error. Please try again."},
		fakeaws.HTML503:            {"", 503, 3, ""},
		fakeaws.TooManyRequests:    {"", 429, 1, ""},
		fakeaws.Drop:               {"", 0, 3, "connection reset by peer"},
		fakeaws.AccessDenied:       {"AccessDenied", 403, 1, who + `s3:GetObject on resource: "arn:aws:s3:::bucket/` + keyA + `stdout" because no identity-based policy allows the s3:GetObject action`},
		fakeaws.KMSDenied:          {"AccessDenied", 403, 1, who + "kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/"},
		fakeaws.ExpiredToken:       {"ExpiredToken", 400, 1, "The provided token has expired."},
		fakeaws.UnrecognizedClient: {"InvalidAccessKeyId", 403, 1, ""},
		fakeaws.InvalidSignature:   {"SignatureDoesNotMatch", 403, 1, ""},
		fakeaws.DoesNotExist:       {"NoSuchKey", 404, 1, ""},
		fakeaws.HTML403:            {"", 403, 1, ""},
	}
	for kind, test := range tests {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// A fault selects its requests by the command to which the key belongs.
				server := uploaded(t, nil, fakeaws.Fault{CommandID: commandA, Kind: kind, Times: -1})
				_, err := readObject(t.Context(), s3Client(server), keyA+"stdout")
				if err == nil {
					t.Fatal("no error")
				}
				// Without XML the SDK derives a code from the HTTP status, or uses UnknownError.
				if got := code(err); test.code != "" && got != test.code {
					t.Errorf("code %q, want %q (%v)", got, test.code, err)
				}
				if got := status(err); got != test.status || !strings.Contains(err.Error(), test.text) {
					t.Errorf("HTTP %d, want %d with %q (%v)", got, test.status, test.text, err)
				}
				if got := server.Count("GetObject"); got != test.attempts {
					t.Errorf("%d attempts, want %d", got, test.attempts)
				}
				if response, ok := asError[interface {
					error
					ServiceRequestID() string
					ServiceHostID() string
				}](err); test.code != "" && (!ok || len(response.ServiceRequestID()) != 16 || response.ServiceHostID() == "") {
					t.Errorf("no ids of S3 in %v", err)
				}
			})
		})
	}
}

// TestTruncatedObjects reads objects whose second half does not arrive: the connection is lost, or
// it stalls until the client gives up.
func TestTruncatedObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := uploaded(t, nil, fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.TruncateBody}, fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.StallBody, Times: 2},
			fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.Silent})
		c := s3Client(server)
		half := long[:len(long)/2]
		got, err := readObject(t.Context(), c, keyA+"stdout")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("truncated: %v", err)
		}
		same(t, "truncated", got, half)

		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got, err = readObject(ctx, c, keyA+"stdout")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("stalled: %v after %v", err, time.Since(start))
		}
		same(t, "stalled", got, half)

		out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String(keyA + "stdout")})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { _ = out.Body.Close() })
		if body, err := io.ReadAll(out.Body); err == nil || len(body) != len(half) {
			t.Errorf("closed: %d bytes, %v", len(body), err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String(keyA + "stdout")}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("silent: %v", err)
		}
		if got := strings.Join(responses(server), " "); got != "truncate_body stall_body stall_body silent" {
			t.Errorf("recorded %s", got)
		}
	})
}

// TestStalledResponse has the same fault in a response of Systems Manager, which the SDK itself
// reads to the end.
func TestStalledResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := client(struck(t, fakeaws.Fault{Kind: fakeaws.StallBody}))
		_, err := c.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: aws.String(commandA), InstanceId: aws.String(nodeA)})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the deadline", err)
		}
	})
}

// TestListenForS3 sends requests over a socket, where bodies are truncated and stall on a real
// connection.
func TestListenForS3(t *testing.T) {
	tiny := func(c *fakeaws.Command) { c.Invocations[0].Steps[0].StandardError = "tiny" }
	server := uploaded(t, tiny, fakeaws.Fault{Kind: fakeaws.Drop, Skip: 1}, fakeaws.Fault{Kind: fakeaws.TruncateBody, Skip: 1}, fakeaws.Fault{Kind: fakeaws.StallBody, Skip: 1})
	endpoint, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	transport := &http.Transport{DisableKeepAlives: true} // On a reused connection, net/http itself repeats a GET.
	defer transport.CloseIdleConnections()
	c := s3Client(server, func(o *s3.Options) {
		o.BaseEndpoint, o.HTTPClient, o.Retryer = &endpoint, &http.Client{Transport: transport}, aws.NopRetryer{}
	})
	for i, want := range []error{nil, errSocketReset, io.ErrUnexpectedEOF, context.DeadlineExceeded, nil} {
		timeout, key := 10*time.Second, keyA+"stdout"
		if errors.Is(want, context.DeadlineExceeded) { // The first part must not wait in a buffer for the rest.
			timeout, key = 500*time.Millisecond, keyA+"stderr"
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		got, err := readObject(ctx, c, key)
		cancel()
		if !errors.Is(err, want) || (want == nil) != (got == long) {
			t.Errorf("look %d: %d bytes, %v, want %v", i, len(got), err, want)
		}
		if errors.Is(want, context.DeadlineExceeded) {
			same(t, "stalled", got, "ti")
		}
	}
}

// TestS3Errors compares raw bodies of errors for requests that the SDK does not send.
func TestS3Errors(t *testing.T) {
	const ids = "<RequestId>0000000000000001</RequestId><HostId>c3RhbmQtaW4gZm9yIFMzLCBub3QgYSBob3N0</HostId></Error>"
	tests := map[string]struct {
		path, authorization string
		status              int
		want                string
	}{
		"unsigned":        {"/bucket/" + keyA + "stdout", "", 403, "<Code>AccessDenied</Code><Message>Access Denied</Message>"},
		"other service":   {"/bucket/" + keyA + "stdout", authorization("us-east-1", "ssm"), 400, "<Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; incorrect service &#34;ssm&#34;. This endpoint belongs to &#34;s3&#34;.</Message>"},
		"other bucket":    {"/other/x", authorization("us-east-1", "s3"), 404, "<Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>other</BucketName>"},
		"other key":       {"/bucket/x", authorization("us-east-1", "s3"), 404, "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>x</Key>"},
		"other operation": {"/bucket/x?acl=", authorization("us-east-1", "s3"), 501, "<Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message>"},
		"no key":          {"/bucket/", authorization("us-east-1", "s3"), 501, "<Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message>"},
		"other region": {"/bucket/x", authorization("eu-west-1", "s3"), 301, "<Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint. " +
			"Please send all future requests to this endpoint.</Message><Endpoint>bucket.s3.us-east-1.amazonaws.com</Endpoint><Bucket>bucket</Bucket>"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://s3.us-east-1.amazonaws.com"+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", test.authorization)
			response, err := uploaded(t, nil).Transport().RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "body", string(body), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>"+test.want+ids)
			if response.StatusCode != test.status || response.Header.Get("X-Amz-Request-Id") != "0000000000000001" || response.Header.Get("Content-Type") != "application/xml" {
				t.Errorf("HTTP %d with %v, want %d", response.StatusCode, response.Header, test.status)
			}
		})
	}
}
