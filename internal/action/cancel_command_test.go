// SPDX-License-Identifier: MPL-2.0

package action_test

import (
	"encoding/json"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const cancelCommand = "ssm_cancel_command"

// start sends a command that runs for long, and returns its ID.
func start(t *testing.T, s site) string {
	t.Helper()
	r := s.Invoke(t, sendCommand, config(t, map[string]any{"wait_for_completion": false, "instance_ids": []string{web, db}}), nil)
	if len(r.Diagnostics) > 0 {
		t.Fatalf("sending: %+v", r)
	}
	return s.Sends()[0].Command.CommandID
}

// cancelConfig is the configuration of the action.
func cancelConfig(t *testing.T, id string, arguments map[string]any) string {
	t.Helper()
	all := map[string]any{"command_id": id}
	for name, value := range arguments {
		all[name] = value
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A command that runs is cancelled. One that is complete, or unknown, is a success too, and a line
// says which.
func TestCancelCommand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		duration  fakeaws.Seconds
		other     string
		arguments map[string]any
		line      string
		cancels   int
	}{
		"running":         {600, "", nil, "is complete as Cancelled", 1},
		"on a node":       {600, "", map[string]any{"instance_ids": []string{web}}, "is complete as Cancelled: 1", 1},
		"without waiting": {600, "", map[string]any{"wait_for_completion": false}, "Requested the cancellation", 1},
		"complete":        {0.1, "", nil, "was already complete as", 0},
		"unknown":         {600, "99999999-9999-4999-8999-999999999999", map[string]any{"timeouts": map[string]string{"invoke": "2s"}}, "has no record", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, fakeaws.Script{Rules: runs(test.duration)})
			id := start(t, s)
			if name == "complete" {
				s.Invoke(t, cancelCommand, cancelConfig(t, id, nil), nil) // Waits for the end.
			}
			before := s.Count("CancelCommand")
			if test.other != "" {
				id = test.other
			}
			r := s.Invoke(t, cancelCommand, cancelConfig(t, id, test.arguments), nil)
			if !r.Completed || len(r.Diagnostics) > 0 || !has(r.Lines, test.line) {
				t.Errorf("result: %+v, want a line with %q", r, test.line)
			}
			if n := s.Count("CancelCommand") - before; n != test.cancels {
				t.Errorf("CancelCommand was called %d times, want %d", n, test.cancels)
			}
		})
	}
}

func TestCancelCommandErrors(t *testing.T) {
	t.Parallel()
	ignores := runs(600)
	ignores[0].IgnoresCancel = true
	for name, test := range map[string]struct {
		script fakeaws.Script
		detail string
	}{
		"denied":        {fakeaws.Script{Rules: runs(600), Faults: []fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.AccessDenied, Times: -1}}}, "ssm:CancelCommand"},
		"does not stop": {fakeaws.Script{Rules: ignores}, "timeouts.invoke"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.script)
			id := start(t, s)
			r := s.Invoke(t, cancelCommand, cancelConfig(t, id, map[string]any{"timeouts": map[string]string{"invoke": "3s"}}), nil)
			check(t, r.Diagnostics, "error", "Command Not Cancelled", id, test.detail)
		})
	}
}
