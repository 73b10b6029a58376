// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// example is the script that uses every member.
const example = "../../internal/fakeaws/testdata/script.json"

// TestRun serves the example script, sends one request, and stops. The URL is on stdout and in its
// file, the log has one line for the request, and no output of a command.
func TestRun(t *testing.T) {
	urlFile := filepath.Join(t.TempDir(), "url")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr buffer
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-url-file", urlFile, example}, &stdout, &stderr)
	}()
	url := waitFor(t, urlFile)
	if got := stdout.String(); got != url+"\n" {
		t.Errorf("stdout %q, want the URL %q", got, url)
	}

	send(t, url, `{"CommandId":"11111111-1111-4111-8111-111111111111","InstanceId":"i-0bbbbbbbbbbbbbbbb","PluginName":"download"}`)
	if response, err := http.Get(url + "/example-bucket/run-command/key"); err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("run: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("run continues after its context is done")
	}
	text := stderr.String()
	for _, want := range []string{
		"export AWS_ENDPOINT_URL=" + url + " AWS_REGION=us-east-1\n",
		"aws ssm get-command-invocation --command-id 11111111-1111-4111-8111-111111111111 --instance-id i-0aaaaaaaaaaaaaaaa",
		"aws s3 cp s3://BUCKET/KEY",
		"GetObject               s3://example-bucket/run-command/key -> AccessDenied",
		"GetCommandInvocation    11111111-1111-4111-8111-111111111111 i-0bbbbbbbbbbbbbbbb download -> 200",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("stderr has no %q:\n%s", want, text)
		}
	}
	if _, err := http.Get(url); err == nil {
		t.Error("still served after run returned")
	}
}

// TestRunRejects checks the errors for mistakes on the command line and in the script.
func TestRunRejects(t *testing.T) {
	misspelt := filepath.Join(t.TempDir(), "misspelt.json")
	if err := os.WriteFile(misspelt, []byte(`{"comands": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`{"commands": [{"command_id": "x"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"SCENARIO is required":               {},
		"-listen":                            {example, "-listen", "127.0.0.1:0"}, // It is no command.
		"open missing.json: ":                {"missing.json"},
		"missing":                            {"-log", filepath.Join(t.TempDir(), "missing", "log"), example},
		`misspelt.json: json: unknown field`: {misspelt},
		`wrong.json: commands[0]`:            {wrong},
		"loopback addresses only":            {"-listen", "0.0.0.0:0", example},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", args, err, want)
		}
	}
}

// TestRunCommand runs a command with the mock's environment. Its output is the command's alone, its
// error is the command's, and the lines about requests are in their file.
func TestRunCommand(t *testing.T) {
	t.Setenv("AWS_SESSION_TOKEN", "of the caller")
	t.Setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:1")
	log := filepath.Join(t.TempDir(), "log")
	var stdout, stderr buffer
	err := run(t.Context(), []string{"-log", log, example, "/bin/sh", "-c",
		`env | sed -n 's/^AWS_[A-Z0-9_]*=/&/p' | sort; echo trouble >&2; exit 3`}, &stdout, &stderr)
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 3 {
		t.Errorf("error %v, want exit code 3", err)
	}
	want := regexp.MustCompile(`^AWS_ACCESS_KEY_ID=example
AWS_EC2_METADATA_DISABLED=true
AWS_ENDPOINT_URL=http://127\.0\.0\.1:\d+
AWS_REGION=us-east-1
AWS_SECRET_ACCESS_KEY=example
$`)
	if !want.MatchString(stdout.String()) || stderr.String() != "trouble\n" {
		t.Errorf("stdout %q, stderr %q", stdout.String(), stderr.String())
	}
	if _, err := os.Stat(log); err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), []string{example, filepath.Join(t.TempDir(), "missing")}, &stdout, &stderr); err == nil {
		t.Error("a command that does not exist is no error")
	}
}

// TestLogLineOfSend checks that the line of a SendCommand contains the ID of the new command.
func TestLogLineOfSend(t *testing.T) {
	server, err := fakeaws.New(fakeaws.Script{})
	if err != nil {
		t.Fatal(err)
	}
	request := fakeaws.Request{At: server.Start(), Operation: "SendCommand", Sent: "the-id", Comment: "a comment", Outcome: "drop"}
	if got, want := logLine(server, request), "   0.00s  SendCommand             the-id -> drop"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func send(t *testing.T, url, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonSSM.GetCommandInvocation")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("HTTP %d", response.StatusCode)
	}
}

func waitFor(t *testing.T, path string) string {
	t.Helper()
	for range 1000 {
		if text, err := os.ReadFile(path); err == nil {
			return strings.TrimSpace(string(text))
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no URL after 10 seconds")
	return ""
}

// buffer is written by the server while the test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
