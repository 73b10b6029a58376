// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
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

// lostResponses are the faults that lose the response to SendCommand, each with the SDK's error and
// its number of attempts with retries.
var lostResponses = []struct {
	kind     fakeaws.FaultKind
	attempts int
	check    func(*ssm.SendCommandOutput, error) bool
}{
	{fakeaws.Close, 3, func(_ *ssm.SendCommandOutput, err error) bool { return errors.Is(err, io.EOF) }},
	{fakeaws.Drop, 3, func(_ *ssm.SendCommandOutput, err error) bool {
		return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, errSocketReset)
	}},
	{fakeaws.Silent, 1, func(_ *ssm.SendCommandOutput, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	{fakeaws.InternalError, 3, func(_ *ssm.SendCommandOutput, err error) bool { return is[*types.InternalServerError](err) }},
	{fakeaws.HTML503, 3, failsWith(503)},
	{fakeaws.HTML200, 1, failsWith(200)},
	{fakeaws.Empty200, 1, func(out *ssm.SendCommandOutput, err error) bool { return err == nil && out.Command == nil }},
	{fakeaws.TruncateBody, 1, func(_ *ssm.SendCommandOutput, err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
	{fakeaws.StallBody, 1, func(_ *ssm.SendCommandOutput, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	{fakeaws.WrongCommand, 1, func(out *ssm.SendCommandOutput, err error) bool {
		return err == nil && *out.Command.CommandId == "ffffffff-ffff-4fff-8fff-ffffffffffff"
	}},
	{fakeaws.HTML403, 1, failsWith(403)},
	{fakeaws.TooManyRequests, 1, failsWith(429)},
}

// failsWith checks for an error with an HTTP status and without a service's code.
func failsWith(want int) func(*ssm.SendCommandOutput, error) bool {
	return func(_ *ssm.SendCommandOutput, err error) bool {
		response, ok := asError[*smithyhttp.ResponseError](err)
		return ok && response.HTTPStatusCode() == want && code(err) == ""
	}
}

// once disables the SDK's retries.
func once(o *ssm.Options) { o.Retryer = aws.NopRetryer{} }

// TestLostResponses loses the response with each fault, for a request that was accepted and one
// that was not, and checks the executions.
func TestLostResponses(t *testing.T) {
	for _, lost := range lostResponses {
		for _, accepted := range []bool{false, true} {
			t.Run(string(lost.kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := account()
					s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: lost.kind, Accepted: accepted}}
					server := serve(t, s)
					ctx, stop := context.WithTimeout(t.Context(), time.Minute)
					defer stop()
					out, err := client(server, once).SendCommand(ctx, script())
					if !lost.check(out, err) {
						t.Errorf("the SDK returned %+v, %v", out, err)
					}
					want := 0
					if accepted {
						want = 1
					}
					time.Sleep(time.Second)
					if sends, ran := len(server.Sends()), server.Executions("", nodeA); sends != want || ran != want {
						t.Errorf("accepted %t: %d commands and %d executions, want %d", accepted, sends, ran, want)
					}
					request := server.Requests()[0]
					if (request.Sent != "") != accepted || request.Outcome != string(lost.kind) && request.Outcome != "InternalServerError" {
						t.Errorf("recorded %+v", request)
					}
					if accepted {
						if got := tally(t, client(server), request.Sent); got != "Success/Success 1 1 0 0" {
							t.Errorf("ListCommands returns %q", got)
						}
					}
				})
			})
		}
	}
}

// TestRetriesSendAgain shows the bug that the fake must detect: the SDK's own retries run a command
// up to three times.
func TestRetriesSendAgain(t *testing.T) {
	for _, lost := range lostResponses {
		t.Run(string(lost.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := account()
				s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: lost.kind, Accepted: true, Times: -1}}
				server := serve(t, s)
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				_, _ = client(server).SendCommand(ctx, script())
				time.Sleep(time.Second)
				if got := server.Executions("", nodeA); got != lost.attempts {
					t.Errorf("%d executions, want %d", got, lost.attempts)
				}
			})
		})
	}
}

// TestLostResponsesOverSocket loses responses over a real connection.
func TestLostResponsesOverSocket(t *testing.T) {
	for _, lost := range lostResponses {
		t.Run(string(lost.kind), func(t *testing.T) {
			s := account()
			s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: lost.kind, Accepted: true}}
			server := serve(t, s)
			c, _ := listen(t, server)
			limit := time.Minute
			if lost.kind == fakeaws.Silent || lost.kind == fakeaws.StallBody { // Only the client's timeout ends these.
				limit = time.Second
			}
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			if out, err := c.SendCommand(ctx, script()); !lost.check(out, err) {
				t.Errorf("the SDK returned %+v, %v", out, err)
			}
			if got := server.Executions("", nodeA); got != 1 {
				t.Errorf("%d executions, want 1", got)
			}
		})
	}
}

// TestTruncatedResponse reads the half of a body that arrives: it belongs to the command that was
// sent.
func TestTruncatedResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: fakeaws.TruncateBody, Accepted: true}}
		server := serve(t, s)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://ssm.us-east-1.amazonaws.com/",
			strings.NewReader(`{"DocumentName":"AWS-RunShellScript","InstanceIds":["`+nodeA+`"],"Parameters":{"commands":["ls"]}}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "AmazonSSM.SendCommand")
		r.Header.Set("Authorization", authorization("us-east-1", "ssm"))
		response, err := server.Transport().RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(string(body), `"CommandId":"`+server.Requests()[0].Sent+`"`) {
			t.Errorf("body %s, %v", body, err)
		}
	})
}

// TestAcceptedLater sends a request that takes effect after the client gave up, and after it
// searched for the command.
func TestAcceptedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account()
		s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true, AcceptedAfter: 20}}
		server := serve(t, s)
		c := client(server, once)
		if _, err := c.SendCommand(t.Context(), script()); !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
		id := server.Requests()[0].Sent
		other := send(t, c, script())
		until(server, 19.9)
		if got := tally(t, c, id) + "|" + invocationStatus(t, c, id, nodeA, ""); got != "|InvocationDoesNotExist" || server.Executions(id, "") != 0 {
			t.Errorf("before: %s, %d executions", got, server.Executions(id, ""))
		}
		until(server, 20)
		if got := tally(t, c, id); got != "InProgress/InProgress 1 0 0 0" || server.Executions(id, "") != 1 || server.Executions("", nodeA) != 2 {
			t.Errorf("after: %s, %d and %d executions", got, server.Executions(id, ""), server.Executions("", nodeA))
		}
		if got := tally(t, c, other); got != "Success/Success 1 1 0 0" {
			t.Errorf("the command in between: %s", got)
		}
	})
}

// TestAcceptedCancel loses the response to a CancelCommand that takes effect immediately, later, or
// never.
func TestAcceptedCancel(t *testing.T) {
	for _, test := range []struct {
		fault fakeaws.Fault
		want  string // 10 seconds later.
	}{
		{fakeaws.Fault{Kind: fakeaws.HTML503, Accepted: true}, "Cancelled/Cancelled 137"},
		{fakeaws.Fault{Kind: fakeaws.HTML503, Accepted: true, AcceptedAfter: 6}, "Cancelled/Cancelled 137"},
		{fakeaws.Fault{Kind: fakeaws.HTML503, Accepted: true, AcceptedAfter: 8}, "InProgress/InProgress -1"},
		{fakeaws.Fault{Kind: fakeaws.HTML503}, "InProgress/InProgress -1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			test.fault.Operation = "CancelCommand"
			s := account(lasts(60))
			s.Faults = []fakeaws.Fault{test.fault}
			c := client(serve(t, s), once)
			id := send(t, c, script())
			if _, err := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: &id}); !failsWith(503)(nil, err) {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if got := invocationStatus(t, c, id, nodeA, ""); got != test.want {
				t.Errorf("%+v: %s, want %s", test.fault, got, test.want)
			}
		})
	}
}

// TestRejectedIsNotAccepted loses the response to an invalid request: nothing runs.
func TestRejectedIsNotAccepted(t *testing.T) {
	s := account()
	s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true, Times: -1}}
	server := serve(t, s)
	for _, in := range []*ssm.SendCommandInput{script(on("i-0fffffffffffffff0")), script(document("Missing"))} {
		if _, err := client(server, once).SendCommand(t.Context(), in); !errors.Is(err, syscall.ECONNRESET) {
			t.Error(err)
		}
	}
	away := client(server, once, func(o *ssm.Options) { o.Region = "eu-west-1" })
	if _, err := away.SendCommand(t.Context(), script()); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	if len(server.Sends()) != 0 {
		t.Errorf("sends %+v", server.Sends())
	}
}

// TestDelays measures the delay of responses, resets, and rejections by the client's clock.
func TestDelays(t *testing.T) {
	for _, fault := range []fakeaws.Fault{
		{Kind: fakeaws.Late, Delay: 20}, {Kind: fakeaws.Drop, Delay: 20}, {Kind: fakeaws.InternalError, Delay: 20, Accepted: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			fault.Operation = "SendCommand"
			s := account()
			s.Faults = []fakeaws.Fault{fault}
			server := serve(t, s)
			_, err := client(server, once).SendCommand(t.Context(), script())
			if (err == nil) != (fault.Kind == fakeaws.Late) || time.Since(server.Start()) != 20*time.Second {
				t.Errorf("%s: %v after %v", fault.Kind, err, time.Since(server.Start()))
			}
			if sends := server.Sends(); fault.Kind != fakeaws.Drop && (len(sends) != 1 || !sends[0].At.Equal(server.Start())) {
				t.Errorf("%s: sends %+v", fault.Kind, sends)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			again := serve(t, s)
			if _, err := client(again, once).SendCommand(ctx, script()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: the delay outlived its context: %v", fault.Kind, err)
			}
		})
	}
}

// TestTrace checks that a client can distinguish a request that reached the service from one that
// did not.
func TestTrace(t *testing.T) {
	for _, test := range []struct {
		kind fakeaws.FaultKind
		want string
	}{
		{fakeaws.Late, "conn headers request byte"}, {fakeaws.Drop, "conn headers request"}, {fakeaws.Close, "conn headers request"},
		{fakeaws.Silent, "conn headers request"}, {fakeaws.HTML503, "conn headers request byte"}, {fakeaws.Unreachable, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := account()
			s.Faults = []fakeaws.Fault{{Operation: "SendCommand", Kind: test.kind}}
			if test.kind == fakeaws.Late {
				s.Faults[0].Delay = 1
			}
			server := serve(t, s)
			var seen []string
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
				GotConn:              func(httptrace.GotConnInfo) { seen = append(seen, "conn") },
				WroteHeaders:         func() { seen = append(seen, "headers") },
				WroteRequest:         func(httptrace.WroteRequestInfo) { seen = append(seen, "request") },
				GotFirstResponseByte: func() { seen = append(seen, "byte") },
			})
			_, err := client(server, once).SendCommand(ctx, script())
			if got := strings.Join(seen, " "); got != test.want {
				t.Errorf("%s: hooks %q, want %q", test.kind, got, test.want)
			}
			if test.kind == fakeaws.Unreachable && (!errors.Is(err, syscall.ECONNREFUSED) || server.Count("") != 0) {
				t.Errorf("%v, %d requests", err, server.Count(""))
			}
		})
	}
}

// TestUnreachableNeedsTransport checks that Listen rejects a script with an Unreachable fault.
func TestUnreachableNeedsTransport(t *testing.T) {
	if url, stop, err := struck(t, fakeaws.Fault{Kind: fakeaws.Unreachable}).Listen("127.0.0.1:0"); err == nil {
		stop()
		t.Errorf("served at %s", url)
	}
}

// TestServiceErrors returns errors whose causes the fake does not model.
func TestServiceErrors(t *testing.T) {
	s := account()
	s.Faults = []fakeaws.Fault{
		{Operation: "SendCommand", InstanceID: nodeB, Kind: fakeaws.ServiceError, Code: "InvalidRole", Message: "not yet"},
		{Operation: "CancelCommand", Kind: fakeaws.ServiceError, Code: "InvalidCommandId"},
	}
	server := serve(t, s)
	c := client(server, once)
	id := send(t, c, script())
	if _, err := c.SendCommand(t.Context(), script(on(nodeA, nodeB))); !is[*types.InvalidRole](err) || message(err) != "not yet" {
		t.Error(err)
	}
	if _, err := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: &id}); !is[*types.InvalidCommandId](err) {
		t.Error(err)
	}
	if len(server.Sends()) != 1 {
		t.Errorf("sends %+v", server.Sends())
	}
}

// TestFaultsOfSending strikes the new operations with the faults that all have, and checks which
// resource IAM names.
func TestFaultsOfSending(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.Throttle, fakeaws.AccessDenied, fakeaws.ExpiredToken, fakeaws.UnrecognizedClient, fakeaws.ValidationError} {
		s := account()
		s.Faults = []fakeaws.Fault{{Kind: kind, Times: -1}}
		server := serve(t, s)
		c := client(server, once)
		_, sendErr := c.SendCommand(t.Context(), script())
		_, cancelErr := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: aws.String(commandA)})
		_, describeErr := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{})
		_, connectionErr := c.GetConnectionStatus(t.Context(), &ssm.GetConnectionStatusInput{Target: aws.String(nodeA)})
		want := map[fakeaws.FaultKind]string{
			fakeaws.Throttle: "ThrottlingException", fakeaws.AccessDenied: "AccessDeniedException", fakeaws.ExpiredToken: "ExpiredTokenException",
			fakeaws.UnrecognizedClient: "UnrecognizedClientException", fakeaws.ValidationError: "ValidationException",
		}[kind]
		for operation, err := range map[string]error{
			"ssm:SendCommand on resource: arn:aws:ssm:us-east-1::document/AWS-RunShellScript because": sendErr,
			"ssm:CancelCommand on resource: arn:aws:ssm:us-east-1:123456789012:* because":             cancelErr,
			"ssm:DescribeInstanceInformation on resource: arn:aws:ssm:us-east-1:123456789012:*":       describeErr,
			"ssm:GetConnectionStatus on resource: arn:aws:ssm:us-east-1:123456789012:*":               connectionErr,
		} {
			if code(err) != want || kind == fakeaws.AccessDenied && !strings.Contains(message(err), operation) {
				t.Errorf("%s: %s: %v", kind, operation, err)
			}
		}
		if len(server.Sends()) != 0 {
			t.Errorf("%s: sends %+v", kind, server.Sends())
		}
	}
}
