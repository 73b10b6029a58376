// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// listen serves on a real socket, and returns a real client for it that makes one attempt.
func listen(t *testing.T, server *fakeaws.Server) (c *ssm.Client, stop func()) {
	t.Helper()
	url, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return ssm.New(ssm.Options{
		Region: "us-east-1", BaseEndpoint: &url, Credentials: static("AKIDEXAMPLE"),
		Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: buffered{transport}},
	}), stop
}

// buffered sends each request with a copy of its body. The SDK closes a body when the response's
// header arrives. If net/http has not finished writing, it treats that as a failure of the
// connection: a few requests in a thousand over loopback.
type buffered struct{ next http.RoundTripper }

func (b buffered) RoundTrip(r *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	own := r.Clone(r.Context())
	own.Body = io.NopCloser(bytes.NewReader(content))
	return b.next.RoundTrip(own)
}

// TestListen sends the same requests over a socket as in memory, and checks faults of the
// connection.
func TestListen(t *testing.T) {
	server := struck(t, fakeaws.Fault{Kind: fakeaws.Drop, Skip: 1}, fakeaws.Fault{Kind: fakeaws.TruncateBody, Skip: 1}, fakeaws.Fault{Kind: fakeaws.HTML503, Skip: 1})
	c, _ := listen(t, server)
	for i, check := range []func(error) bool{
		func(err error) bool { return err == nil },
		func(err error) bool { return errors.Is(err, errSocketReset) },
		func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		func(err error) bool {
			response, ok := asError[*smithyhttp.ResponseError](err)
			return ok && response.HTTPStatusCode() == 503
		},
		func(err error) bool { return err == nil },
	} {
		if _, err := get(t, c, ""); !check(err) {
			t.Errorf("look %d: %v", i, err)
		}
	}
}

// TestStopReleasesSilentRequests stops a server that blocks a request. The request must end.
func TestStopReleasesSilentRequests(t *testing.T) {
	server := struck(t, fakeaws.Fault{Kind: fakeaws.Silent})
	c, stop := listen(t, server)
	failed := make(chan error)
	go func() {
		_, err := get(t, c, "")
		failed <- err
	}()
	for deadline := time.Now().Add(10 * time.Second); server.Count("") == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	stop()
	select {
	case err := <-failed:
		if err == nil {
			t.Error("a silent server responded")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the request is still blocked")
	}
}

// TestListenOnlyOnLoopback checks that a server that accepts every signature does not listen on a
// network.
func TestListenOnlyOnLoopback(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.com:80", "127.0.0.1"} {
		if url, stop, err := struck(t).Listen(address); err == nil {
			stop()
			t.Errorf("serves %s for %q", url, address)
		}
	}
}

// TestConcurrentUse is for the race detector: it calls everything concurrently that supports it.
func TestConcurrentUse(t *testing.T) {
	server := serve(t, fakeaws.Script{
		Commands: []fakeaws.Command{{CommandID: commandA, Invocations: []fakeaws.Invocation{{InstanceID: nodeA}}}},
		Faults:   []fakeaws.Fault{{Kind: fakeaws.HTML403, Skip: 10, Times: 5}},
	})
	seen := 0
	server.Observe(func(fakeaws.Request) { seen++ }) // The server calls it one at a time, so this needs no lock.
	c, _ := listen(t, server)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 10 {
				_, _ = get(t, c, "")
				_, _ = c.ListCommands(t.Context(), &ssm.ListCommandsInput{})
				_ = server.Requests()
			}
		})
	}
	wait.Wait()
	struckTimes := 0
	for _, response := range responses(server) {
		if response == string(fakeaws.HTML403) {
			struckTimes++
		}
	}
	if server.Count("") != 160 || seen != 160 || struckTimes != 5 {
		t.Errorf("%d requests, %d observed, %d struck; want 160, 160, 5", server.Count(""), seen, struckTimes)
	}
}

// TestConcurrentSenders is for the race detector: it sends, cancels, reads, and counts commands
// concurrently.
func TestConcurrentSenders(t *testing.T) {
	server := serve(t, account())
	c, _ := listen(t, server)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				out, err := c.SendCommand(t.Context(), script(on(nodeA, nodeB)))
				if err != nil {
					t.Error(err)
					return
				}
				in := &ssm.CancelCommandInput{CommandId: out.Command.CommandId}
				_, cancelErr := c.CancelCommand(t.Context(), in)
				_, listErr := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{Details: true})
				_, describeErr := c.DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{})
				if err := errors.Join(cancelErr, listErr, describeErr); err != nil {
					t.Error(err)
				}
				if n := server.Executions(*out.Command.CommandId, ""); n != 2 {
					t.Errorf("%d executions, want 2", n)
				}
				_ = server.Sends()
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	for _, send := range server.Sends() {
		ids[send.Command.CommandID] = true
	}
	if len(ids) != 40 || server.Executions("", nodeA) != 40 {
		t.Errorf("%d commands, %d executions on node a, want 40 of each", len(ids), server.Executions("", nodeA))
	}
}
