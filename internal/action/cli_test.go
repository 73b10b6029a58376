// SPDX-License-Identifier: MPL-2.0

//go:build unix

package action_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// stack is a configuration with an action, in a workspace of a CLI that has actions, and the fake
// that it talks to.
type stack struct {
	*acctest.Fake
	*acctest.Workspace
}

// newStack serves a script with two nodes, and writes a configuration.
func newStack(t *testing.T, script fakeaws.Script, config string) stack {
	t.Helper()
	acctest.Needs(t, acctest.Actions)
	if script.Nodes == nil {
		script.Nodes = []fakeaws.Node{{InstanceID: web}, {InstanceID: db}}
	}
	fake := acctest.Serve(t, script)
	return stack{fake, acctest.NewWorkspace(t, fake.Provider()+config)}
}

// sends is an action that runs a script on one node.
func sends(arguments ...string) string {
	lines := append([]string{`document_name = "AWS-RunShellScript"`, fmt.Sprintf("instance_ids = [%q]", web)}, arguments...)
	return "action \"ssm_send_command\" \"this\" {\n  config {\n    " + strings.Join(lines, "\n    ") + "\n  }\n}\n"
}

const (
	uptime = `parameters = { commands = ["uptime"] }`
	// invoke is the argument that runs the action of sends by itself.
	invoke = "-invoke=action.ssm_send_command.this"
)

// triggers is a resource whose creation runs the action.
func triggers(event string) string {
	return fmt.Sprintf(`
resource "terraform_data" "release" {
  input = "1"
  lifecycle {
    action_trigger {
      events  = [%s]
      actions = [action.ssm_send_command.this]
    }
  }
}
`, event)
}

// A resource that is created runs the action once, and Terraform shows the lines of progress, of
// which the first one has the command's ID.
func TestTrigger(t *testing.T) {
	t.Parallel()
	s := newStack(t, fakeaws.Script{Rules: runs(2)}, sends(uptime)+triggers("after_create"))
	if r := s.Succeed(t, "plan", "-no-color"); !strings.Contains(r.Stdout, "1 to invoke") || s.Count("") != 0 {
		t.Errorf("the plan made %d requests:\n%s", s.Count(""), r.Stdout)
	}
	out := s.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout
	if len(s.Sends()) != 1 || s.Executions("", web) != 1 {
		t.Fatalf("sent: %v", s.Sends())
	}
	command := s.Sends()[0].Command
	at := -1
	for _, phrase := range []string{
		"Action started: action.ssm_send_command.this (triggered by terraform_data.release)", command.CommandID, command.Comment, "Success", "Action complete: action.ssm_send_command.this",
	} {
		next := strings.Index(out, phrase)
		if next <= at {
			t.Errorf("%q is at %d, want it after %d:\n%s", phrase, next, at, out)
		}
		at = next
	}
	before := s.Count("")
	s.Succeed(t, "apply", "-no-color", "-auto-approve")
	s.Succeed(t, "destroy", "-no-color", "-auto-approve")
	if n := s.Count("") - before; n != 0 {
		t.Errorf("later runs made %d requests, want none", n)
	}
}

// An action that is invoked by itself runs each time.
func TestInvoke(t *testing.T) {
	t.Parallel()
	s := newStack(t, fakeaws.Script{Rules: runs(0.2)}, sends(uptime))
	for n := range 2 {
		out := s.Succeed(t, "apply", "-no-color", "-auto-approve", invoke).Stdout
		if len(s.Sends()) != n+1 || !strings.Contains(out, s.Sends()[n].Command.CommandID) || !strings.Contains(out, "Action complete") {
			t.Errorf("sent: %v\n%s", s.Sends(), out)
		}
	}
}

// A command that fails is an error with its summary, its exit code, and its output. After the
// resource was created, the next apply does not run the action again; before, it does.
func TestTriggerFails(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Actions)
	for event, again := range map[string]int{"after_create": 0, "before_create": 1} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			rules := []fakeaws.Rule{{Steps: []fakeaws.StepResult{{ExitCode: 3, StandardError: "disk full\x1b[31m", Duration: fakeaws.At(0.2)}}}}
			s := newStack(t, fakeaws.Script{Rules: rules}, sends(uptime)+triggers(event))
			r := s.Run(t, "apply", "-no-color", "-auto-approve")
			if r.Code != 1 || len(s.Sends()) != 1 || strings.Contains(r.Stdout+r.Stderr, "\x1b") {
				t.Fatalf("exit code %d, sent: %v\n%q", r.Code, s.Sends(), r.Stderr)
			}
			text := strings.Join(strings.Fields(strings.ReplaceAll(r.Stderr, "│", "")), " ")
			for _, phrase := range []string{"Command Failed", s.Sends()[0].Command.CommandID, web, "exit code 3", "disk full"} {
				if !strings.Contains(text, phrase) {
					t.Errorf("the error does not contain %q:\n%s", phrase, r.Stderr)
				}
			}
			if strings.Contains(text, "untaint") {
				t.Errorf("the error speaks of a state:\n%s", text)
			}
			s.Run(t, "apply", "-no-color", "-auto-approve")
			if n := len(s.Sends()) - 1; n != again {
				t.Errorf("the next apply sent %d commands, want %d", n, again)
			}
		})
	}
}

// A secret of parameters_wo is sent, and neither shown nor stored.
func TestTriggerWriteOnly(t *testing.T) {
	t.Parallel()
	s := newStack(t, fakeaws.Script{Rules: runs(0.2)}, `
variable "secret" {
  type      = string
  ephemeral = true
}
`+sends(`parameters_wo = { commands = ["echo ${var.secret}"] }`, `parameters_wo_version = 1`)+triggers("after_create"))
	out := s.Succeed(t, "apply", "-no-color", "-auto-approve", "-var=secret=horse").Stdout + s.Succeed(t, "state", "pull").Stdout
	if len(s.Sends()) != 1 || s.Sends()[0].Command.Parameters["commands"][0] != "echo horse" {
		t.Errorf("sent: %v", s.Sends())
	}
	if strings.Contains(out, "horse") {
		t.Errorf("the secret is shown or stored:\n%s", out)
	}
}

// The other action cancels what the first one sent.
func TestInvokeCancel(t *testing.T) {
	t.Parallel()
	s := newStack(t, fakeaws.Script{Rules: runs(600)}, sends(uptime, "wait_for_completion = false"))
	s.Succeed(t, "apply", "-no-color", "-auto-approve", invoke)
	s.Write(t, "cancel.tf", fmt.Sprintf("action \"ssm_cancel_command\" \"this\" {\n  config {\n    command_id = %q\n  }\n}\n", s.Sends()[0].Command.CommandID))
	out := s.Succeed(t, "apply", "-no-color", "-auto-approve", "-invoke=action.ssm_cancel_command.this").Stdout
	if n := s.Count("CancelCommand"); n != 1 || !strings.Contains(out, "is complete as Cancelled") {
		t.Errorf("CancelCommand was called %d times:\n%s", n, out)
	}
}

// Ctrl-C cancels the command once and ends the run soon, also if cancelling takes a while. The
// command's ID was on the screen before.
func TestTriggerInterrupted(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Actions)
	for name, test := range map[string]struct {
		faults    []fakeaws.Fault
		argument  string
		arguments []string
		cancels   int
	}{
		"cancels":        {nil, "", nil, 1},
		"invoked":        {nil, "", []string{invoke}, 1},
		"slow to":        {[]fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.Late, Delay: 2}}, "", nil, 1},
		"silent":         {[]fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.Silent, Times: -1}}, "", nil, 1},
		"is told not to": {nil, "cancel_on_interrupt = false", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, fakeaws.Script{Rules: runs(600), Faults: test.faults}, sends(uptime, test.argument)+triggers("after_create"))
			took, out := s.interrupt(t, append([]string{"apply", "-no-color", "-auto-approve"}, test.arguments...)...)
			if took > interruptLimit {
				t.Errorf("it ended %s after the interrupt", took)
			}
			if n := s.Count("CancelCommand"); n != test.cancels || len(s.Sends()) != 1 {
				t.Errorf("CancelCommand was called %d times, want %d; sent: %v", n, test.cancels, s.Sends())
			}
			if !strings.Contains(out, s.Sends()[0].Command.CommandID) {
				t.Errorf("the output does not have the command's ID:\n%s", out)
			}
		})
	}
}

// interrupt runs the CLI, sends Ctrl-C once a line of progress can be on the screen, and returns
// how long it took after that, with the output.
func (s stack) interrupt(t *testing.T, arguments ...string) (time.Duration, string) {
	t.Helper()
	polled := make(chan struct{}, 100)
	s.Observe(func(r fakeaws.Request) {
		if r.Operation == "ListCommands" {
			polled <- struct{}{}
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
	for range 2 {
		select {
		case <-polled:
		case err := <-ended:
			t.Fatalf("it ended before it was interrupted: %v\n%s", err, &out)
		}
	}
	interrupted := time.Now()
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-ended
	return time.Since(interrupted), out.String()
}
