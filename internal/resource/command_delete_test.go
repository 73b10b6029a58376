// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// running is a stack whose command is still running.
func running(t *testing.T, script fakeaws.Script, arguments ...string) stack {
	t.Helper()
	if len(script.Rules) == 0 {
		script.Rules = []fakeaws.Rule{runs(600)}
	}
	s := newStack(t, script, command(append(arguments, `wait_for_completion = false`)...))
	s.apply(t)
	eventually(t, "the script", func() bool { return s.Executions("", web) == 1 })
	return s
}

// Destroying a command that is running cancels it, and waits until it is complete.
func TestDestroyWhileRunning(t *testing.T) {
	t.Parallel()
	s := running(t, nodes())
	s.apply(t, "-destroy")
	if n := s.requests("CancelCommand"); n != 1 {
		t.Errorf("CancelCommand was called %d times, want once", n)
	}
	if values, _ := s.attributes(t); values != nil {
		t.Errorf("the state has %v", values)
	}
}

func TestDestroyWithoutCancel(t *testing.T) {
	t.Parallel()
	s := running(t, nodes(), `cancel_on_destroy = false`)
	s.quiet(t, func() { s.apply(t, "-destroy", "-refresh=false") })
}

// A replacement never overlaps the run that it replaces.
func TestReplaceWhileRunning(t *testing.T) {
	t.Parallel()
	s := running(t, nodes(fakeaws.Rule{Parameters: map[string]string{"commands": "uptime"}, Steps: runs(600).Steps}, prints("second")))
	s.configure(t, command(`parameters = { commands = ["second"] }`))
	s.apply(t)
	operations := []string{}
	for _, r := range s.Requests() {
		if r.Operation == "SendCommand" || r.Operation == "CancelCommand" {
			operations = append(operations, r.Operation)
		}
	}
	if got := strings.Join(operations, " "); got != "SendCommand CancelCommand SendCommand" {
		t.Errorf("requests: %s", got)
	}
}

// A command that does not stop, or may not be cancelled, keeps its state, so that a replacement
// does not run beside it.
func TestNotCancelled(t *testing.T) {
	t.Parallel()
	ignores := runs(600)
	ignores.IgnoresCancel = true
	for name, test := range map[string]struct {
		script fakeaws.Script
		detail string
	}{
		"denied":        {struck(nodes(runs(600)), fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.AccessDenied, Times: -1}), "ssm:CancelCommand"},
		"still running": {nodes(ignores), "timeouts.delete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := running(t, test.script, "timeouts {\n delete = \"3s\"\n }")
			s.configure(t, command(`parameters = { commands = ["second"] }`, "timeouts {\n delete = \"3s\"\n }"))
			s.fail(t).One(t, "error", "Command Not Cancelled").Contains(t, test.detail)
			if values, _ := s.attributes(t); values == nil || len(s.Sends()) != 1 {
				t.Errorf("state: %v, sent: %d", values, len(s.Sends()))
			}
		})
	}
}

// A command ID that was edited in the state cancels nothing.
func TestEditedCommandIDCancelsNothing(t *testing.T) {
	t.Parallel()
	script := nodes()
	const other = "99999999-9999-4999-8999-999999999999"
	script.Commands = []fakeaws.Command{{CommandID: other, SentAt: -60, InstanceIDs: []string{web}, Invocations: []fakeaws.Invocation{{
		InstanceID: web, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 1, Status: "InProgress"}}}},
	}}}}
	s := running(t, script)
	values, _ := s.attributes(t)
	state := s.Succeed(t, "state", "pull").Stdout
	s.Write(t, "terraform.tfstate", strings.ReplaceAll(state, values["command_id"].(string), other))
	s.fail(t, "-destroy", "-refresh=false").One(t, "error", "Command Not Cancelled").Contains(t, other)
	if n := s.requests("CancelCommand"); n != 0 {
		t.Errorf("CancelCommand was called %d times", n)
	}
}

// A command that the service has no record of can be one of another account, and is kept, until it
// is so old that the service has forgotten it.
func TestDestroyNotFound(t *testing.T) {
	t.Parallel()
	s := running(t, nodes(), "timeouts {\n delete = \"1s\"\n }")
	values, _ := s.attributes(t)
	edit := func(old any, instead string) {
		state := s.Succeed(t, "state", "pull").Stdout
		s.Write(t, "terraform.tfstate", strings.ReplaceAll(state, old.(string), instead))
	}
	const other = "99999999-9999-4999-8999-999999999999"
	edit(values["command_id"], other)
	s.fail(t, "-destroy", "-refresh=false").One(t, "error", "Command Not Cancelled").Contains(t, other, "no record of the command for 1s", "account")
	edit(values["requested_date_time"], time.Now().Add(-31*24*time.Hour).UTC().Format(time.RFC3339))
	s.apply(t, "-destroy", "-refresh=false")
	if n := s.requests("CancelCommand"); n != 0 {
		t.Errorf("CancelCommand was called %d times", n)
	}
}
