package fakeaws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	commandA = "11111111-1111-4111-8111-111111111111"
	commandB = "22222222-2222-4222-8222-222222222222"
	nodeA    = "i-0aaaaaaaaaaaaaaaa"
	nodeB    = "i-0bbbbbbbbbbbbbbbb"
	nodeC    = "mi-0cccccccccccccccc"
)

func serve(t *testing.T, script fakeaws.Script) *fakeaws.Server {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return server
}

// one is a server with one command on one node, of the given steps.
func one(t *testing.T, steps ...fakeaws.Step) *fakeaws.Server {
	t.Helper()
	return serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID:   commandA,
		Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: steps}},
	}}})
}

// client is the real SDK client on the server's in-memory transport.
func client(s *fakeaws.Server, options ...func(*ssm.Options)) *ssm.Client {
	return ssm.New(ssm.Options{
		Region:      "us-east-1",
		Credentials: static("AKIDEXAMPLE"),
		HTTPClient:  &http.Client{Transport: s.Transport()},
	}, options...)
}

func static(key string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}, nil
	})
}

func get(t *testing.T, c *ssm.Client, plugin string) (*ssm.GetCommandInvocationOutput, error) {
	t.Helper()
	in := &ssm.GetCommandInvocationInput{CommandId: aws.String(commandA), InstanceId: aws.String(nodeA)}
	if plugin != "" {
		in.PluginName = &plugin
	}
	return c.GetCommandInvocation(t.Context(), in)
}

// post sends a request as the SDK writes it, and returns the raw answer.
func post(t *testing.T, s *fakeaws.Server, operation, body string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://ssm.us-east-1.amazonaws.com/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonSSM."+operation)
	r.Header.Set("Authorization", authorization("us-east-1", "ssm"))
	for _, f := range change {
		f(r)
	}
	response, err := s.Transport().RoundTrip(r)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	if response.ContentLength != int64(len(raw)) {
		t.Errorf("%s: Content-Length %d for %d bytes", operation, response.ContentLength, len(raw))
	}
	return response, string(raw)
}

func authorization(region, service string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/" + region + "/" + service +
		"/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + strings.Repeat("0a", 32)
}

// canonical is a recorded body in the order and spacing of the wire: alphabetical and compact.
func canonical(t *testing.T, recorded string) string {
	t.Helper()
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(recorded))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		t.Fatalf("fixture: %v", err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(members); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// code is the service's code in an error of the SDK, "" where there is none.
func code(err error) string {
	if api, ok := asError[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// since turns a recorded time into the offset that a script needs.
func since(t *testing.T, start time.Time, recorded string) fakeaws.Seconds {
	t.Helper()
	at, err := time.Parse(time.RFC3339, recorded)
	if err != nil {
		t.Fatal(err)
	}
	return fakeaws.Seconds(at.Sub(start).Seconds())
}

func asError[T error](err error) (T, bool) {
	var target T
	ok := errors.As(err, &target)
	return target, ok
}
