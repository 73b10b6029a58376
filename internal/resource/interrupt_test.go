// SPDX-License-Identifier: MPL-2.0

//go:build unix

package resource_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Ctrl-C in each phase of an apply ends it soon. The state has the command if it was sent, and no
// command is sent again by itself.
func TestInterruptApply(t *testing.T) {
	t.Parallel()
	notReady := fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.ServiceError, Code: "InvalidInstanceId", Times: -1}
	lostForNow := fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}
	for name, test := range map[string]struct {
		script    fakeaws.Script
		operation string // The signal is sent after so many requests of it.
		requests  int
		within    time.Duration
		sent      bool // Whether the state must have a command.
	}{
		"before sending":         {struck(nodes(), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Throttle, Times: -1}), "SendCommand", 1, 3 * time.Second, false},
		"during node readiness":  {struck(nodes(), notReady), "SendCommand", 2, 3 * time.Second, false},
		"while the send is slow": {struck(nodes(runs(600)), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Late, Delay: 3}), "SendCommand", 1, 6 * time.Second, true},
		"while ambiguous": {
			struck(nodes(runs(600)), lostForNow, fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.HTML503, Times: 2}), "ListCommands", 1, 13 * time.Second, true,
		},
		"while it runs":        {nodes(runs(600)), "ListCommands", 1, 3 * time.Second, true},
		"while reading output": {struck(nodes(prints("done")), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.Silent, Times: -1}), "GetCommandInvocation", 1, 3 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, test.script, command())
			took, out := s.interrupt(t, test.operation, test.requests, "apply", "-no-color", "-auto-approve")
			if took > test.within {
				t.Errorf("it ended %s after the interrupt, want at most %s", took, test.within)
			}
			values, tainted := s.attributes(t)
			sends := s.Sends()
			switch {
			case !test.sent && (values != nil || len(sends) != 0):
				t.Errorf("state: %v, sent: %v", values, sends)
			case test.sent && (len(sends) != 1 || !tainted || values["command_id"] != sends[0].Command.CommandID):
				t.Errorf("tainted: %v, state: %v, sent: %v\n%s", tainted, values, sends, out)
			case test.sent && !strings.Contains(out, sends[0].Command.CommandID):
				t.Errorf("the output does not have the command's ID:\n%s", out)
			}
			if !strings.Contains(out, "Command Interrupted") {
				t.Errorf("no error %q:\n%s", "Command Interrupted", out)
			}
		})
	}
}

// interrupt runs the CLI, sends Ctrl-C after some requests, and returns how long it took after
// that, with the output.
func (s stack) interrupt(t *testing.T, operation string, after int, arguments ...string) (time.Duration, string) {
	t.Helper()
	reached := make(chan struct{})
	requests := 0
	s.Observe(func(r fakeaws.Request) {
		if r.Operation == operation {
			if requests++; requests == after {
				close(reached)
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	cmd := s.Command(ctx, arguments...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // A terminal sends Ctrl-C to a group of processes.
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-reached:
	case err := <-ended:
		t.Fatalf("it ended before it was interrupted: %v\n%s", err, &out)
	}
	time.Sleep(200 * time.Millisecond) // The response is on its way; what follows it is interrupted.
	interrupted := time.Now()
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-ended
	return time.Since(interrupted), out.String()
}
