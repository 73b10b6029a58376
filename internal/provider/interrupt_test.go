// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestTerminate: SIGTERM to the process group, which service managers, CI runners, and timeout(1)
// send, ends a read as Ctrl-C does, and leaves no process running.
func TestTerminate(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"plan", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		t.Run(arguments[0], func(t *testing.T) {
			t.Parallel()
			service := acctest.Serve(t, fakeaws.Script{})
			reached := make(chan struct{}, 100)
			service.Observe(func(fakeaws.Request) { reached <- struct{}{} })
			w := acctest.NewWorkspace(t, service.Provider()+acctest.Invocation(command, node, `visibility_timeout = "30m"`))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var out strings.Builder
			cmd := w.Command(ctx, arguments...)
			cmd.Stdout, cmd.Stderr = &out, &out
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			group := -cmd.Process.Pid
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case <-reached:
			case err := <-ended:
				t.Fatalf("the CLI exited before the signal: %v\n%s", err, &out)
			}
			sent := time.Now()
			if err := syscall.Kill(group, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			err := <-ended
			if took := time.Since(sent); took > 3*time.Second { // One second for the read, the rest for the CLI on a busy machine.
				t.Errorf("the CLI exited only after %s", took)
			}
			if err == nil || !strings.Contains(out.String(), "Read Interrupted") || strings.Contains(out.String(), "Plugin did not respond") {
				t.Errorf("the CLI exited with %v:\n%s", err, &out)
			}
			if err := syscall.Kill(group, 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("processes are still running: %v", err)
			}
		})
	}
}

// TestTrailingBytes: net/http would log bytes that follow the end of a response. They could be
// command output.
func TestTrailingBytes(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				request := make([]byte, 64<<10)
				if _, err := connection.Read(request); err != nil {
					return
				}
				time.Sleep(500 * time.Millisecond)
				_, _ = connection.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 15\r\n\r\n" + `{"Commands":[]}` + sentinel + "trailing bytes"))
				time.Sleep(time.Second)
			}()
		}
	}()
	log := filepath.Join(t.TempDir(), "log")
	service := &acctest.Fake{URL: "http://" + listener.Addr().String()}
	// The provider still runs when the bytes arrive, because the second read waits for its
	// response.
	w := acctest.NewWorkspace(t, service.Provider()+`
data "ssm_commands" "first" {
  status = "Success"
}

data "ssm_commands" "second" {
  status     = "Failed"
  depends_on = [data.ssm_commands.first]
}
`, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	r := w.Succeed(t, "plan", "-no-color")
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	clean(t, "the terminal", r.Stdout+r.Stderr)
	clean(t, "the log", string(content))
	if n := strings.Count(string(content), "operation=ListCommands"); n != 2 {
		t.Errorf("%d requests were sent", n)
	}
}
