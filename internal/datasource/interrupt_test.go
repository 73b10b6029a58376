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

// TestInterrupt: Ctrl-C ends a read at once, whatever it was waiting for, and leaves no process behind. An apply that makes
// its own plan tells the provider nothing until that plan is done; a terminal tells it all the same.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	always := func(kind fakeaws.FaultKind) fakeaws.Script {
		return struck(sent(running()), fakeaws.Fault{Kind: kind, Times: -1})
	}
	tests := map[string]struct {
		script   fakeaws.Script
		requests int // After how many the signal is sent.
	}{
		"while it runs":         {sent(running()), 2},
		"while it is invisible": {fakeaws.Script{}, 2},
		"in the back-off":       {always(fakeaws.InternalError), 3},
		"throttled":             {always(fakeaws.Throttle), 2},
		"on a hung connection":  {always(fakeaws.Silent), 1},
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

// interrupt sends Ctrl-C to a run of the CLI after so many requests.
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
		t.Fatalf("it ended before it was interrupted: %v\n%s", err, &out)
	}
	time.Sleep(200 * time.Millisecond) // The answer is on its way; what follows it is what is interrupted.

	interrupted := time.Now()
	if err := syscall.Kill(group, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	if took := time.Since(interrupted); took > 3*time.Second { // A second for the read, the rest for the CLI on a busy machine.
		t.Errorf("it took %s to end", took)
	}
	if err == nil || !strings.Contains(out.String(), "Read Interrupted") {
		t.Errorf("it ended with %v and without the phrase:\n%s", err, &out)
	}
	if err := syscall.Kill(group, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("something is left running: %v", err)
	}
}
