// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestFaultsThroughSDK has the result of the Go SDK for each fault: the code and the type of the
// error, the HTTP status, and the number of attempts of the SDK's own retryer.
func TestFaultsThroughSDK(t *testing.T) {
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	tests := []struct {
		kind     fakeaws.FaultKind
		code     string // The code of the service's error; "" if there is none.
		status   int    // 0 if there is no response.
		attempts int
		recorded string
		check    func(error) bool
	}{
		{kind: fakeaws.Throttle, code: "ThrottlingException", status: 400, attempts: 3, recorded: "ThrottlingException"},
		{kind: fakeaws.InternalError, code: "InternalServerError", status: 500, attempts: 3, recorded: "InternalServerError",
			check: func(err error) bool { _, ok := asError[*types.InternalServerError](err); return ok }},
		{kind: fakeaws.HTML503, status: 503, attempts: 3, recorded: "html_503"},
		{kind: fakeaws.TooManyRequests, status: 429, attempts: 1, recorded: "too_many_requests"},
		{kind: fakeaws.Drop, attempts: 3, recorded: "drop", check: is(syscall.ECONNRESET)},
		{kind: fakeaws.TruncateBody, status: 200, attempts: 1, recorded: "truncate_body", check: is(io.ErrUnexpectedEOF)},
		{kind: fakeaws.DoesNotExist, code: "InvocationDoesNotExist", status: 400, attempts: 1, recorded: "InvocationDoesNotExist",
			check: func(err error) bool { _, ok := asError[*types.InvocationDoesNotExist](err); return ok }},
		{kind: fakeaws.InvalidPluginName, code: "InvalidPluginName", status: 400, attempts: 1, recorded: "InvalidPluginName",
			check: func(err error) bool { _, ok := asError[*types.InvalidPluginName](err); return ok }},
		{kind: fakeaws.AccessDenied, code: "AccessDeniedException", status: 400, attempts: 1, recorded: "AccessDeniedException",
			check: func(err error) bool {
				return strings.Contains(err.Error(), "not authorized to perform: ssm:GetCommandInvocation on resource: arn:aws:ssm:us-east-1:123456789012:* because")
			}},
		{kind: fakeaws.ExpiredToken, code: "ExpiredTokenException", status: 400, attempts: 1, recorded: "ExpiredTokenException"},
		{kind: fakeaws.UnrecognizedClient, code: "UnrecognizedClientException", status: 400, attempts: 1, recorded: "UnrecognizedClientException"},
		{kind: fakeaws.InvalidSignature, code: "InvalidSignatureException", status: 400, attempts: 1, recorded: "InvalidSignatureException"},
		{kind: fakeaws.ValidationError, code: "ValidationException", status: 400, attempts: 1, recorded: "ValidationException"},
		{kind: fakeaws.HTML200, status: 200, attempts: 1, recorded: "html_200"},
		{kind: fakeaws.HTML403, status: 403, attempts: 1, recorded: "html_403"},
	}
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := struck(t, fakeaws.Fault{Kind: test.kind, Times: -1})
				_, err := get(t, client(server), "")
				if err == nil {
					t.Fatal("no error")
				}
				if got := code(err); got != test.code {
					t.Errorf("code %q, want %q (%v)", got, test.code, err)
				}
				status := 0
				if response, ok := asError[*smithyhttp.ResponseError](err); ok {
					status = response.HTTPStatusCode()
				}
				if status != test.status {
					t.Errorf("HTTP %d, want %d (%v)", status, test.status, err)
				}
				if got := server.Count("GetCommandInvocation"); got != test.attempts {
					t.Errorf("%d attempts, want %d", got, test.attempts)
				}
				if test.check != nil && !test.check(err) {
					t.Errorf("unexpected error: %v", err)
				}
				if got := server.Requests()[0].Outcome; got != test.recorded {
					t.Errorf("recorded response %q, want %q", got, test.recorded)
				}
			})
		})
	}
}

// TestFaultBodies compares raw bodies: the key of the framework's errors is in lower case, IAM's is
// not. A fault of the network applies before the signature is checked.
func TestFaultBodies(t *testing.T) {
	for kind, want := range map[fakeaws.FaultKind]string{
		fakeaws.Throttle:           `{"__type":"ThrottlingException","message":"Rate exceeded"}`,
		fakeaws.InternalError:      `{"__type":"InternalServerError"}`,
		fakeaws.ExpiredToken:       `{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}`,
		fakeaws.UnrecognizedClient: `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`,
		fakeaws.AccessDenied: `{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::123456789012:user/fake is not authorized to perform: ` +
			`ssm:ListCommands on resource: arn:aws:ssm:us-east-1:123456789012:* because no identity-based policy allows the ssm:ListCommands action"}`,
	} {
		if _, body := post(t, struck(t, fakeaws.Fault{Kind: kind}), "ListCommands", `{}`); body != want {
			t.Errorf("%s\n got %s\nwant %s", kind, body, want)
		}
	}
	unsigned := func(r *http.Request) { r.Header.Del("Authorization") }
	if response, _ := post(t, struck(t, fakeaws.Fault{Kind: fakeaws.HTML503}), "ListCommands", `{}`, unsigned); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("HTTP %d, want the front end's 503", response.StatusCode)
	}
}

// struck is a server with one complete invocation and some faults.
func struck(t *testing.T, faults ...fakeaws.Fault) *fakeaws.Server {
	t.Helper()
	return serve(t, fakeaws.Script{
		Commands: []fakeaws.Command{{CommandID: commandA, Invocations: []fakeaws.Invocation{{InstanceID: nodeA}}}},
		Faults:   faults,
	})
}

// TestFaultsWithoutError has the two faults that the SDK treats as success.
func TestFaultsWithoutError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := get(t, client(struck(t, fakeaws.Fault{Kind: fakeaws.Empty200})), "")
		if err != nil || out.Status != "" || out.CommandId != nil {
			t.Errorf("empty 200: %+v, %v, want a zero struct", out, err)
		}
		server := struck(t, fakeaws.Fault{Kind: fakeaws.WrongCommand, Times: -1})
		out, err = get(t, client(server), "")
		if err != nil || aws.ToString(out.CommandId) == commandA || aws.ToString(out.InstanceId) != nodeA || out.Status != "Success" {
			t.Errorf("wrong command: %+v, %v, want another command's success", out, err)
		}
		rows, err := client(server).ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{})
		if err != nil || len(rows.CommandInvocations) != 1 || aws.ToString(rows.CommandInvocations[0].CommandId) == commandA {
			t.Errorf("wrong row: %+v, %v", rows, err)
		}
		commands, err := client(server).ListCommands(t.Context(), &ssm.ListCommandsInput{})
		if err != nil || len(commands.Commands) != 1 || aws.ToString(commands.Commands[0].CommandId) == commandA {
			t.Errorf("wrong row: %+v, %v", commands, err)
		}
	})
}

// TestSilent checks that only the client's own timeout ends a request without a response.
func TestSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := struck(t, fakeaws.Fault{Kind: fakeaws.Silent})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		_, err := client(server).GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: aws.String(commandA), InstanceId: aws.String(nodeA)})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("%v after %v, want the deadline after an hour", err, time.Since(start))
		}
	})
}

// TestFaultsInOrder sends one request for each fault: faults are a sequence, each with its own
// Skip, period, and selection.
func TestFaultsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := struck(t,
			fakeaws.Fault{Kind: fakeaws.Throttle, Operation: "ListCommands", Times: -1},
			fakeaws.Fault{Kind: fakeaws.InternalError, CommandID: commandB, Times: -1},
			fakeaws.Fault{Kind: fakeaws.InvalidPluginName, PluginName: "other", Times: -1},
			fakeaws.Fault{Kind: fakeaws.DoesNotExist, InstanceID: nodeA, Skip: 1, Times: 2},
			fakeaws.Fault{Kind: fakeaws.HTML503},
			fakeaws.Fault{Kind: fakeaws.AccessDenied, From: 60, Until: 120, Times: -1},
		)
		c := client(server, func(o *ssm.Options) { o.Retryer = aws.NopRetryer{} })
		for range 5 {
			_, _ = get(t, c, "")
		}
		time.Sleep(time.Minute)
		_, _ = get(t, c, "")
		_, _ = c.ListCommands(t.Context(), &ssm.ListCommandsInput{})
		time.Sleep(time.Minute)
		_, _ = get(t, c, "")
		want := []string{
			"html_503", "InvocationDoesNotExist", "InvocationDoesNotExist", "200", "200",
			"AccessDeniedException", "ThrottlingException", "200",
		}
		got := responses(server)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("\n got %v\nwant %v", got, want)
		}
	})
}

func responses(s *fakeaws.Server) []string {
	var out []string
	for _, r := range s.Requests() {
		out = append(out, r.Outcome)
	}
	return out
}

// TestSignature checks that requests are rejected if they are not signed, or signed for another
// service or Region.
func TestSignature(t *testing.T) {
	server := serve(t, fakeaws.Script{Regions: []string{"eu-west-1", "us-east-1"}})
	sign := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	}
	tests := map[string]struct {
		authorization string
		want          string
	}{
		"good":          {authorization("eu-west-1", "ssm"), `{"Commands":[]}`},
		"other service": {authorization("us-east-1", "sts"), `{"__type":"InvalidSignatureException","message":"Credential should be scoped to correct service: 'ssm'. "}`},
		"other region":  {authorization("eu-west-2", "ssm"), `{"__type":"InvalidSignatureException","message":"Credential should be scoped to a valid region. "}`},
		"none":          {"", `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
		"no signature":  {"AWS4-HMAC-SHA256 Credential=AKID/20261122/us-east-1/ssm/aws4_request", `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, body := post(t, server, "ListCommands", `{}`, sign(test.authorization)); body != test.want {
				t.Errorf("body\n got %s\nwant %s", body, test.want)
			}
		})
	}
}

// TestRecord checks the records of requests.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := one(t)
		time.Sleep(time.Second)
		_, err := client(server).ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{
			CommandId: aws.String(commandA), InstanceId: aws.String(nodeA), Details: true, MaxResults: aws.Int32(7),
			Filters: []types.CommandFilter{{Key: "Status", Value: aws.String("Success")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := server.Requests()[0]
		if got.Operation != "ListCommandInvocations" || got.Region != "us-east-1" || got.Service != "ssm" || got.AccessKeyID != "AKIDEXAMPLE" ||
			got.CommandID != commandA || got.InstanceID != nodeA || !got.Details || got.MaxResults != 7 ||
			got.Filters["Status"] != "Success" || got.Outcome != "200" || got.At.Sub(server.Start()) != time.Second ||
			got.Host != "ssm.us-east-1.amazonaws.com" || !strings.HasPrefix(got.UserAgent, "aws-sdk-go-v2/") {
			t.Errorf("recorded %+v", got)
		}
		if server.Count("") != 1 || server.Count("ListCommands") != 0 {
			t.Errorf("counts %d and %d, want 1 and 0", server.Count(""), server.Count("ListCommands"))
		}
		server.Reset()
		if server.Count("") != 0 {
			t.Error("Reset did not discard the requests")
		}
	})
}
