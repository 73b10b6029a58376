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

// TestInterrupt: Ctrl-C ends an Open at once. What it may be waiting for is tested with the data source; these two are a
// command that goes on, and an object in S3 of which nothing more arrives.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script   fakeaws.Script
		requests int // After how many the signal is sent.
	}{
		"while it runs": {sent(running()), 2},
		"in an object that stalls": {struck(written(ended("Success", strings.Repeat("x", 30000), "")),
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
				t.Fatalf("it ended before it was interrupted: %v\n%s", err, &out)
			}
			time.Sleep(200 * time.Millisecond) // The answer is on its way; what follows it is what is interrupted.

			interrupted := time.Now()
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			err := <-ended
			if took := time.Since(interrupted); took > 3*time.Second { // A second for the Open, the rest for the CLI on a busy machine.
				t.Errorf("it took %s to end", took)
			}
			if err == nil || !strings.Contains(out.String(), "Read Interrupted") {
				t.Errorf("it ended with %v and without the phrase:\n%s", err, &out)
			}
		})
	}
}
