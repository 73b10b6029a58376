// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// sendOnce sends a command with one attempt, as package runcommand does.
func sendOnce(ctx context.Context, clients *Clients) error {
	sender, err := clients.Sender(ctx, "us-east-1")
	if err != nil {
		return err
	}
	_, err = sender.SendCommand(ctx, &ssm.SendCommandInput{
		DocumentName: aws.String("AWS-RunShellScript"), InstanceIds: []string{"i-0123456789abcdef0"}, Parameters: map[string][]string{"commands": {"true"}},
	}, func(o *ssm.Options) { o.RetryMaxAttempts = 1 })
	return err
}

// nodes is a script with a node to send to.
func nodes(faults ...fakeaws.Fault) fakeaws.Script {
	return fakeaws.Script{Nodes: []fakeaws.Node{{InstanceID: "i-0123456789abcdef0"}}, Faults: faults}
}

// TestSenderConnection sends over connections that are used once and closed, in HTTP/1.1, although
// the server speaks HTTP/2 and the reads do.
func TestSenderConnection(t *testing.T) {
	home := isolate(t)
	server, _ := fake(t, nodes())
	var mu sync.Mutex
	var requests []string                   // Operation and protocol.
	opened := map[string]int{}              // Connections, by protocol of their first request.
	states := map[net.Conn]http.ConnState{} // Of all connections.
	connections := map[string]bool{}        // By their address at the client.
	listener := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests = append(requests, fmt.Sprint(r.Header.Get("X-Amz-Target"), " ", r.Proto))
		if !connections[r.RemoteAddr] {
			connections[r.RemoteAddr] = true
			opened[r.Proto]++
		}
		mu.Unlock()
		server.ServeHTTP(w, r)
	}))
	listener.EnableHTTP2 = true
	listener.Config.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		states[c] = state
	}
	listener.StartTLS()
	t.Cleanup(listener.Close)
	opts := keys()
	opts.Endpoints.SSM = listener.URL
	opts.CustomCABundle = write(t, home, "bundle.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listener.Certificate().Raw})))
	clients := mustNew(t, opts)
	for range 3 {
		if err := read(t.Context(), clients, ""); err != nil {
			t.Fatal(err)
		}
		if err := sendOnce(t.Context(), clients); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	listed, sent := "AmazonSSM.ListCommands HTTP/2.0", "AmazonSSM.SendCommand HTTP/1.1"
	if diff := cmp.Diff([]string{listed, sent, listed, sent, listed, sent}, requests); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"HTTP/2.0": 1, "HTTP/1.1": 3}, opened); diff != "" {
		t.Errorf("connections: %s", diff)
	}
	closed := func() int {
		n := 0
		for _, state := range states {
			if state == http.StateClosed {
				n++
			}
		}
		return n
	}
	for begun := time.Now(); closed() < 3; { // The server notices it a moment later.
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("%d of 3 connections were closed", closed())
		}
		mu.Unlock()
		time.Sleep(time.Millisecond)
		mu.Lock()
	}
}

// TestSenderSendsOnce is each way to lose a response: the request arrives once, however many
// attempts the settings allow.
func TestSenderSendsOnce(t *testing.T) {
	hijack := func(w http.ResponseWriter, end func(net.Conn)) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		end(connection)
		_ = connection.Close()
	}
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	raw := func(response string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, func(c net.Conn) { _, _ = io.WriteString(c, response) })
		}
	}
	for name, respond := range map[string]http.HandlerFunc{
		"reset": func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, func(c net.Conn) {
				if tcp, ok := c.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0)
				}
			})
		},
		"closed":            raw(""),
		"half a header":     raw("HTTP/1.1 200 OK\r\nContent-"),
		"half a body":       raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
		"100 and nothing":   raw("HTTP/1.1 100 Continue\r\n\r\n"),
		"500":               status(http.StatusInternalServerError, `{"__type":"InternalServerError"}`),
		"503":               status(http.StatusServiceUnavailable, "<html>"),
		"429":               status(http.StatusTooManyRequests, ""),
		"408":               status(http.StatusRequestTimeout, ""),
		"421":               status(http.StatusMisdirectedRequest, ""),
		"throttled":         status(http.StatusBadRequest, `{"__type":"ThrottlingException"}`),
		"something else":    status(http.StatusOK, "<html>"),
		"silent":            func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"redirect to a GET": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusSeeOther) },
		"temporary redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusTemporaryRedirect)
		},
		"permanent redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusPermanentRedirect)
		},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "7")
			var mu sync.Mutex
			var bodies []string
			listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				bodies = append(bodies, string(body))
				mu.Unlock()
				respond(w, r)
			}))
			t.Cleanup(listener.Close)
			opts := keys()
			opts.MaxRetries, opts.Endpoints.SSM = 25, listener.URL
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if err := sendOnce(ctx, mustNew(t, opts)); err == nil {
				t.Error("it succeeded")
			}
			mu.Lock()
			defer mu.Unlock()
			if len(bodies) != 1 || bodies[0] == "" {
				t.Errorf("%d requests: %q", len(bodies), bodies)
			}
		})
	}
}

// TestSenderIsTheClients is that a command is sent with the credentials, the endpoint, the user
// agent, and the proxy of the reads.
func TestSenderIsTheClients(t *testing.T) {
	isolate(t)
	server, url := fake(t, nodes())
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied++
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	opts := keys()
	opts.Endpoints, opts.HTTPProxy = Endpoints{SSM: "http://ssm.test", STS: url}, aws.String(proxy.URL)
	opts.AssumeRole, opts.UserAgent = []AssumeRole{{RoleARN: roleOne}}, []string{"team/7"}
	clients := mustNew(t, opts)
	// The proxy applies to STS as well, so that its requests arrive at the fake in either way.
	if err := read(t.Context(), clients, ""); err != nil {
		t.Fatal(err)
	}
	before := proxied
	if err := sendOnce(t.Context(), clients); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	listed, sent := requests[len(requests)-2], requests[len(requests)-1]
	if sent.Operation != "SendCommand" || sent.AccessKeyID != fakeaws.AccessKeyFor(roleOne) || sent.Region != "us-east-1" || proxied != before+1 {
		t.Errorf("%+v, %d through the proxy", sent, proxied-before)
	}
	// The SDK marks requests that it retries in adaptive mode.
	if strings.Replace(listed.UserAgent, " m/F", "", 1) != sent.UserAgent || !strings.Contains(sent.UserAgent, "team/7") {
		t.Errorf("%q and %q", listed.UserAgent, sent.UserAgent)
	}
	first, err := clients.Sender(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := clients.Sender(t.Context(), "us-east-1"); err != nil || again != first {
		t.Errorf("another Sender, %v", err)
	}
}
