package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// start is what the provider costs before it reads anything.
type start struct {
	// Ready is the time until the handshake with Terraform, Schema the time until the schemas are there.
	Ready, Schema time.Duration
	SchemaBytes   int64
	// Empty is a plan without any provider, Idle one with this provider and nothing to read.
	Empty, Idle sample
}

// startUp measures with the handshake and the one call that every run of Terraform begins with, and then with the CLI.
func (t tools) startUp() (start, error) {
	var s start
	ready, err := median(11, func() (sample, error) {
		ready, schema, size, err := t.schemaServed()
		// The second figure travels in a field that is a number too.
		return sample{Time: ready, Requests: int64(schema), Peak: size}, err
	})
	if err != nil {
		return s, err
	}
	s.Ready, s.Schema, s.SchemaBytes = ready.Time, time.Duration(ready.Requests), ready.Peak
	if s.Empty, err = t.plan(nil, 3, "output \"read\" {\n  value = 0\n}\n"); err != nil {
		return s, err
	}
	s.Idle, err = t.plan(nil, 3, "provider \"ssm\" {}\n\ndata \"ssm_command_invocation\" \"none\" {\n  count       = 0\n  command_id  = \""+commandID+
		"\"\n  instance_id = \""+nodeID(0)+"\"\n}\n\noutput \"read\" {\n  value = length(data.ssm_command_invocation.none)\n}\n")
	return s, err
}

// schemaServed starts the provider as Terraform does, and asks it for its schemas.
func (t tools) schemaServed() (ready, schema time.Duration, size int64, err error) {
	ctx, cancel := context.WithTimeout(t.life, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, t.provider)
	// go-plugin's handshake: the cookie is no secret, it keeps people from starting a provider by hand.
	cmd.Env = t.environment(nil, "PLUGIN_PROTOCOL_VERSIONS=6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Kill() // It serves until it is told otherwise.
		_ = cmd.Wait()
	}()
	handshake, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return 0, 0, 0, err
	}
	ready = time.Since(began)
	parts := strings.Split(strings.TrimSpace(handshake), "|") // 1|6|unix|/tmp/plugin123|grpc|
	if len(parts) < 5 || parts[1] != "6" || parts[4] != "grpc" {
		return 0, 0, 0, fmt.Errorf("handshake %q", handshake)
	}
	size, err = askSchema(ctx, parts[2], parts[3])
	return ready, time.Since(began), size, err
}

// askSchema makes the call GetProviderSchema without a gRPC library: HTTP/2 in clear, and an empty message, which is five
// bytes of zero.
func askSchema(ctx context.Context, network, address string) (int64, error) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{
		Protocols: &protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://provider/tfplugin6.Provider/GetProviderSchema", strings.NewReader("\x00\x00\x00\x00\x00"))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }() // Read to its end.
	size, err := io.Copy(io.Discard, answer.Body)
	if err == nil && answer.Trailer.Get("Grpc-Status") != "0" {
		err = errors.New("GetProviderSchema: " + answer.Trailer.Get("Grpc-Status") + " " + answer.Trailer.Get("Grpc-Message"))
	}
	return size, err
}
