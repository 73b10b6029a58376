// SPDX-License-Identifier: MPL-2.0

package action_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const sendCommand = "ssm_send_command"

// The first line has the command's ID, its comment, and the Region; the last one how it ended.
func TestSendCommand(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{Rules: runs(2)})
	r := s.Invoke(t, sendCommand, config(t, nil), nil)
	if !r.Completed || len(r.Diagnostics) > 0 {
		t.Fatalf("result: %+v", r)
	}
	sends := s.Sends()
	if len(sends) != 1 || s.Executions("", web) != 1 {
		t.Fatalf("sent: %v", sends)
	}
	c := sends[0].Command
	if first := r.Lines[0]; !strings.Contains(first, c.CommandID) || !strings.Contains(first, c.Comment) || !strings.Contains(first, "us-east-1") {
		t.Errorf("first line: %q", first)
	}
	if last := r.Lines[len(r.Lines)-1]; !strings.Contains(last, "Success") || !strings.Contains(last, "1 of 1 node") {
		t.Errorf("last line: %q", last)
	}
}

func TestSendCommandWithoutWaiting(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{Rules: runs(600)})
	r := s.Invoke(t, sendCommand, config(t, map[string]any{"wait_for_completion": false}), nil)
	if !r.Completed || len(r.Diagnostics) > 0 || len(s.Sends()) != 1 || !has(r.Lines, s.Sends()[0].Command.CommandID) {
		t.Errorf("result: %+v", r)
	}
}

// Each outcome but success is an error, with the command's ID if there is one.
func TestSendCommandErrors(t *testing.T) {
	t.Parallel()
	exits := []fakeaws.Rule{{Steps: []fakeaws.StepResult{{ExitCode: 3, StandardError: "disk full\x1b[31m\n::error::x", Duration: fakeaws.At(0.2)}}}}
	fault := func(f fakeaws.Fault) fakeaws.Script {
		f.Operation = "SendCommand"
		return fakeaws.Script{Faults: []fakeaws.Fault{f, {Operation: "ListCommands", Kind: fakeaws.AccessDenied, Times: -1}}}
	}
	for name, test := range map[string]struct {
		script    fakeaws.Script
		arguments map[string]any
		summary   string
		phrases   []string
		sent      int
	}{
		"failed":         {fakeaws.Script{Rules: exits}, nil, "Command Failed", []string{web, "exit code 3", "disk full"}, 1},
		"timeout":        {fakeaws.Script{Rules: runs(600)}, map[string]any{"timeouts": map[string]string{"invoke": "2s"}}, "Command Still Running", []string{"timeouts.invoke"}, 1},
		"denied":         {fault(fakeaws.Fault{Kind: fakeaws.AccessDenied, Times: -1}), nil, "Access Denied", []string{"ssm:SendCommand"}, 0},
		"perhaps sent":   {fault(fakeaws.Fault{Kind: fakeaws.Drop, Accepted: true}), nil, "Command Perhaps Sent", []string{"ssm:ListCommands"}, 1},
		"no nodes":       {fakeaws.Script{}, map[string]any{"targets": []any{map[string]any{"key": "tag:Role", "values": []string{"none"}}}, "node_ready_timeout": "1s"}, "No Nodes Matched", nil, 1},
		"too many nodes": {fakeaws.Script{}, map[string]any{"targets": []any{map[string]any{"key": "tag:Env", "values": []string{"test"}}}, "max_targets": 1}, "Too Many Nodes", nil, 0},
		"not ready":      {fakeaws.Script{}, map[string]any{"instance_ids": []string{"i-0ffffffffffffffff"}, "node_ready_timeout": "0s"}, "Nodes Not Ready", nil, 0},
		"secret missing": {fakeaws.Script{}, map[string]any{"parameters_wo_version": 1}, "Secret Missing", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.script)
			r := s.Invoke(t, sendCommand, config(t, test.arguments), nil)
			check(t, r.Diagnostics, "error", test.summary, test.phrases...)
			if n := len(s.Sends()); n != test.sent {
				t.Errorf("%d commands were sent, want %d", n, test.sent)
			}
			detail := r.Diagnostics[0].Detail
			if strings.Contains(detail, "taint") || strings.Contains(detail, "the state ") {
				t.Errorf("the error of an action speaks of a state:\n%s", detail)
			}
			for _, line := range append(r.Lines, strings.Split(detail, "\n")...) {
				if strings.ContainsAny(line, "\x1b\r") || strings.HasPrefix(line, "::") {
					t.Errorf("not escaped: %q", line)
				}
			}
		})
	}
}

// An accepted failure is no error.
func TestSendCommandToleratesFailure(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{Rules: []fakeaws.Rule{{Steps: []fakeaws.StepResult{{ExitCode: 3, Duration: fakeaws.At(0.2)}}}}})
	r := s.Invoke(t, sendCommand, config(t, map[string]any{"require_success": false}), nil)
	if !r.Completed || len(r.Diagnostics) > 0 || !has(r.Lines, "Failed") {
		t.Errorf("result: %+v", r)
	}
}

// A secret of parameters_wo is sent, and not told.
func TestSendCommandWriteOnly(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{Rules: []fakeaws.Rule{{Steps: []fakeaws.StepResult{{ExitCode: 1, StandardError: "echo horse", Duration: fakeaws.At(0.2)}}}}})
	r := s.Invoke(t, sendCommand, config(t, map[string]any{
		"parameters": nil, "parameters_wo": map[string][]string{"commands": {"echo horse"}}, "parameters_wo_version": 1,
	}), nil)
	check(t, r.Diagnostics, "error", "Command Failed")
	if len(s.Sends()) != 1 || s.Sends()[0].Command.Parameters["commands"][0] != "echo horse" {
		t.Errorf("sent: %v", s.Sends())
	}
	if has(append(r.Lines, r.Diagnostics[0].Detail), "horse") {
		t.Errorf("the secret is shown: %+v", r)
	}
}

// A line comes at least every ten seconds.
func TestSendCommandHeartbeat(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{Rules: runs(14)})
	last, longest := time.Now(), time.Duration(0)
	r := s.Invoke(t, sendCommand, config(t, nil), func(string) {
		longest, last = max(longest, time.Since(last)), time.Now()
	})
	if !r.Completed || longest > 14*time.Second {
		t.Errorf("%s without a line: %q", longest, r.Lines)
	}
}

// interruptLimit is the longest time from an interrupt to the end of the action: five seconds to
// cancel the command, one for everything else, and some for a busy machine.
const interruptLimit = 10 * time.Second

// After an interrupt the command is cancelled once, and the action ends soon, also if cancelling
// takes a while. The ID was on the screen before.
func TestSendCommandInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults    []fakeaws.Fault
		arguments map[string]any
		cancels   int
	}{
		"cancels":        {nil, nil, 1},
		"slow to":        {[]fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.Late, Delay: 2}}, nil, 1},
		"silent":         {[]fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.Silent, Times: -1}}, nil, 1},
		"is told not to": {nil, map[string]any{"cancel_on_interrupt": false}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, fakeaws.Script{Rules: runs(600), Faults: test.faults})
			var interrupted time.Time
			r := s.Invoke(t, sendCommand, config(t, test.arguments), func(line string) {
				if interrupted.IsZero() && strings.Contains(line, "InProgress") {
					interrupted = time.Now()
					s.Stop(t)
				}
			})
			if took := time.Since(interrupted); interrupted.IsZero() || took > interruptLimit {
				t.Errorf("it ended %s after the interrupt", took)
			}
			if n := s.Count("CancelCommand"); n != test.cancels {
				t.Errorf("CancelCommand was called %d times, want %d", n, test.cancels)
			}
			if !has(r.Lines, s.Sends()[0].Command.CommandID) {
				t.Errorf("no line has the command's ID: %q", r.Lines)
			}
		})
	}
}

// The description of an argument says nothing that is true only of the resource.
func TestSendCommandDescriptions(t *testing.T) {
	t.Parallel()
	server, err := acctest.Factories()["ssm"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	attributes := schemas.ActionSchemas[sendCommand].Schema.Block.Attributes
	if len(attributes) < 20 {
		t.Errorf("%d attributes, want at least 20", len(attributes))
	}
	for _, a := range attributes {
		for _, phrase := range []string{"`triggers`", "Stored in state", "new command", "next command", "taint", "when `parameters_wo` changes"} {
			if strings.Contains(a.Description, phrase) {
				t.Errorf("%s: %s", a.Name, a.Description)
			}
		}
	}
}

func TestSendCommandValidation(t *testing.T) {
	t.Parallel()
	s := serve(t, fakeaws.Script{})
	for name, test := range map[string]struct {
		arguments map[string]any
		phrase    string
	}{
		"no nodes":                {map[string]any{"instance_ids": nil}, "targets"},
		"both":                    {map[string]any{"targets": []any{map[string]any{"key": "tag:A", "values": []string{"b"}}}, "instance_ids": []string{web}}, "targets"},
		"success without waiting": {map[string]any{"require_success": true, "wait_for_completion": false}, "require_success"},
		"the same name twice":     {map[string]any{"parameters_wo": map[string][]string{"commands": {"a"}}, "parameters_wo_version": 1}, "commands"},
		"no time":                 {map[string]any{"timeouts": map[string]string{"invoke": "0s"}}, "timeouts.invoke"},
		"comment":                 {map[string]any{"comment": strings.Repeat("x", 101)}, "comment"},
		"node's ID":               {map[string]any{"instance_ids": []string{"I-1"}}, "managed node's ID"},
	} {
		found := s.ValidateAction(t, sendCommand, config(t, test.arguments))
		if len(found) == 0 || !strings.Contains(found[0].Summary+found[0].Detail, test.phrase) {
			t.Errorf("%s: %+v", name, found)
		}
	}
	for _, arguments := range []map[string]any{nil, {"parameters": nil, "parameters_wo": map[string][]string{"commands": {"a"}}, "parameters_wo_version": 1}} {
		if found := s.ValidateAction(t, sendCommand, config(t, arguments)); len(found) > 0 {
			t.Errorf("%v is valid: %+v", arguments, found)
		}
	}
	if n := s.Count(""); n != 0 {
		t.Errorf("validation made %d requests", n)
	}
}
