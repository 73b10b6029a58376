// SPDX-License-Identifier: MPL-2.0

//go:build unix

package datasource_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// An interrupt ends a read at any stage, and no process is left. Terraform does not forward the
// interrupt of an apply to the provider while it plans; the terminal sends it to the whole process
// group.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	always := func(kind fakeaws.FaultKind) fakeaws.Script {
		return struck(sent(running()), fakeaws.Fault{Kind: kind, Times: -1})
	}
	tests := map[string]struct {
		script   fakeaws.Script
		requests int // The signal is sent after the last of these.
	}{
		"while the command runs":  {sent(running()), 2},
		"while it is not visible": {fakeaws.Script{}, 2},
		"in the back-off":         {always(fakeaws.InternalError), 3},
		"throttled":               {always(fakeaws.Throttle), 2},
		"on a hung connection":    {always(fakeaws.Silent), 1},
	}
	runs := map[string][]string{"plan": {"plan", "-no-color"}, "apply": {"apply", "-no-color", "-auto-approve"}}
	for name, test := range tests {
		for run, arguments := range runs {
			t.Run(run+" "+name, func(t *testing.T) {
				t.Parallel()
				interrupt(t, test.script, test.requests, arguments)
			})
		}
	}
}

// interrupt sends Ctrl-C to a run of the CLI after a number of requests.
func interrupt(t *testing.T, script fakeaws.Script, after int, arguments []string) {
	t.Helper()
	fake := acctest.Serve(t, script)
	reached := make(chan struct{})
	requests := 0
	fake.Observe(func(fakeaws.Request) {
		if requests++; requests == after {
			close(reached)
		}
	})
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node, `visibility_timeout = "30m"`))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	cmd := w.Command(ctx, arguments...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // A terminal sends Ctrl-C to a group of processes.
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group := -cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-reached:
	case err := <-ended:
		t.Fatalf("the CLI exited before the interrupt: %v\n%s", err, &out)
	}
	time.Sleep(200 * time.Millisecond) // The response is sent; the interrupt falls into what follows.

	interrupted := time.Now()
	if err := syscall.Kill(group, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	if took := time.Since(interrupted); took > 3*time.Second { // One second for the read, and the rest for the CLI on a busy machine.
		t.Errorf("the CLI exited %s after the interrupt", took)
	}
	if err == nil || !strings.Contains(out.String(), "Read Interrupted") {
		t.Errorf("exit: %v, want an error with Read Interrupted:\n%s", err, &out)
	}
	if err := syscall.Kill(group, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("a process is left: %v", err)
	}
}
