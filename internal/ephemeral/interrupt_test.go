// SPDX-License-Identifier: MPL-2.0

//go:build unix

package ephemeral_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// An interrupt ends Open while a command runs, and while the body of an S3 object stalls. Package
// datasource tests the other stages.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	for name, test := range map[string]struct {
		script   fakeaws.Script
		requests int // The signal is sent after the last of these.
	}{
		"while the command runs": {sent(running()), 2},
		"while an object stalls": {withFaults(written(ended("Success", strings.Repeat("x", 30000), "")),
			fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.StallBody, Times: -1}), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			reached := make(chan struct{})
			requests := 0
			fake.Observe(func(fakeaws.Request) {
				if requests++; requests == test.requests {
					close(reached)
				}
			})
			w := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation("complete_output = true"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var out strings.Builder
			cmd := w.Command(ctx, "plan", "-no-color")
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
				t.Fatalf("the CLI exited before the interrupt: %v\n%s", err, &out)
			}
			time.Sleep(200 * time.Millisecond) // The response is sent; the interrupt falls into what follows.

			interrupted := time.Now()
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			err := <-ended
			if took := time.Since(interrupted); took > 3*time.Second { // One second for Open, and the rest for the CLI on a busy machine.
				t.Errorf("the CLI exited %s after the interrupt", took)
			}
			if err == nil || !strings.Contains(out.String(), "Read Interrupted") {
				t.Errorf("exit: %v, want an error with Read Interrupted:\n%s", err, &out)
			}
		})
	}
}
