// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
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

// one is a server with one command on one node, with the given steps.
func one(t *testing.T, steps ...fakeaws.Step) *fakeaws.Server {
	t.Helper()
	return serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID:   commandA,
		Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: steps}},
	}}})
}

// client is a real SDK client on the server's in-memory transport.
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

// post sends a request in the SDK's format, and returns the raw response.
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

// canonical converts a recorded body to the wire format: alphabetical and compact.
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

// code is the service's code in an error of the SDK, or "".
func code(err error) string {
	if api, ok := asError[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// since converts a recorded time to an offset for a script.
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

// account is a script with managed nodes: two on Linux and one non-EC2 node on Windows.
func account(rules ...fakeaws.Rule) fakeaws.Script {
	return fakeaws.Script{
		Nodes: []fakeaws.Node{
			{InstanceID: nodeA, Tags: map[string]string{"Role": "web", "Stage": "test"}},
			{InstanceID: nodeB, Tags: map[string]string{"Role": "db"}, ResourceGroups: []string{"databases"}},
			{InstanceID: nodeC, Tags: map[string]string{"Role": "web"}, PlatformType: "Windows"},
		},
		Rules: rules,
	}
}

// script is the input of a command that runs a shell script on node a, with changes.
func script(changes ...func(*ssm.SendCommandInput)) *ssm.SendCommandInput {
	in := &ssm.SendCommandInput{
		DocumentName: aws.String("AWS-RunShellScript"),
		InstanceIds:  []string{nodeA},
		Parameters:   map[string][]string{"commands": {"uptime"}},
	}
	for _, change := range changes {
		change(in)
	}
	return in
}

// on makes a script run on these nodes.
func on(ids ...string) func(*ssm.SendCommandInput) {
	return func(in *ssm.SendCommandInput) { in.InstanceIds = ids }
}

// tagged makes a script run on nodes that have a tag. It runs PowerShell, which all platforms
// support.
func tagged(key, value string) func(*ssm.SendCommandInput) {
	return func(in *ssm.SendCommandInput) {
		in.DocumentName, in.InstanceIds = aws.String("AWS-RunPowerShellScript"), nil
		in.Targets = []types.Target{{Key: aws.String("tag:" + key), Values: []string{value}}}
	}
}

// send sends a command and returns its ID.
func send(t *testing.T, c *ssm.Client, in *ssm.SendCommandInput) string {
	t.Helper()
	out, err := c.SendCommand(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.Command.CommandId
}

// invocationStatus summarizes the response of GetCommandInvocation about a step, or returns the
// error's code.
func invocationStatus(t *testing.T, c *ssm.Client, command, node, step string) string {
	t.Helper()
	in := &ssm.GetCommandInvocationInput{CommandId: &command, InstanceId: &node}
	if step != "" {
		in.PluginName = &step
	}
	out, err := c.GetCommandInvocation(t.Context(), in)
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%s/%s %d", out.Status, aws.ToString(out.StatusDetails), out.ResponseCode)
}

// tally summarizes the response of ListCommands about a command: its status and its counts, or "".
func tally(t *testing.T, c *ssm.Client, command string) string {
	t.Helper()
	out, err := c.ListCommands(t.Context(), &ssm.ListCommandsInput{CommandId: &command})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Commands) == 0 {
		return ""
	}
	m := out.Commands[0]
	return fmt.Sprintf("%s/%s %d %d %d %d", m.Status, aws.ToString(m.StatusDetails), m.TargetCount, m.CompletedCount, m.ErrorCount, m.DeliveryTimedOutCount)
}

// until waits for a time that counts from the server's start.
func until(server *fakeaws.Server, at fakeaws.Seconds) {
	time.Sleep(time.Until(server.Start().Add(at.Duration())))
}

// message is the service's message in an error of the SDK.
func message(err error) string {
	if api, ok := asError[smithy.APIError](err); ok {
		return api.ErrorMessage()
	}
	return ""
}
