// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// on is an invocation with these final status and details.
func on(node, status, details string) fakeaws.Invocation {
	return fakeaws.Invocation{InstanceID: node, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{At: 5, Status: status, StatusDetails: details}}}}}
}

// requested returns the requests of a read: the operation, and whether it includes the steps.
func requested(s *fakeaws.Server) []string {
	var all []string
	for _, r := range s.Requests() {
		name := r.Operation
		if r.Details {
			name += " with details"
		}
		all = append(all, name)
	}
	return all
}

// The user guide ("Understanding command statuses") has a command of five invocations that is
// Success, although four are Undeliverable, Invalid Platform, or Access Denied. Neither ErrorCount
// nor DeliveryTimedOutCount counts these nodes.
func TestRequireSuccessReadsEveryNode(t *testing.T) {
	t.Parallel()
	byID := arguments{"command_id": command, "require_success": true}
	for _, details := range []string{"Undeliverable", "InvalidPlatform", "AccessDenied"} {
		t.Run(details, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				s := script(fakeaws.Command{CommandID: command, SentAt: -60})
				c := &s.Commands[0]
				for n := range 4 {
					c.Invocations = append(c.Invocations, on(nodeNumber(n), "Failed", details))
				}
				c.Invocations = append(c.Invocations, on(nodeNumber(4), "Success", ""))
				server, transport := play(t, s)

				_, found := p.over(transport).read(t.Context(), t, "ssm_command", arguments{"command_id": command})
				if len(found) > 0 {
					t.Fatalf("without require_success: %s", describe(found))
				}
				server.Reset()
				_, found = p.over(transport).read(t.Context(), t, "ssm_command", byID)
				only(t, found, "Command Invocation Failed", "require_success", "4 of 5 nodes did not end as Success", "Failed ("+details+"): 4", "Success: 1",
					nodeNumber(0), nodeNumber(1), nodeNumber(2), "And 1 more")
				if diff := cmp.Diff([]string{"ListCommands", "ListCommandInvocations"}, requested(server)); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
	t.Run("a list that IAM denies", func(t *testing.T) {
		t.Parallel()
		virtually(t, func(t *testing.T, p *protocol) {
			s := script(fakeaws.Command{CommandID: command, SentAt: -60, Invocations: []fakeaws.Invocation{on(node, "Success", "")}})
			_, transport := play(t, struck(s, denied("ListCommandInvocations")))
			_, found := p.over(transport).read(t.Context(), t, "ssm_command", byID)
			only(t, found, "Access Denied", "", "ssm:ListCommandInvocations", "command "+command, "With require_success, this data source needs both ssm:ListCommands and ssm:ListCommandInvocations")
		})
	})
}

// A success takes one ListCommands per poll, and one ListCommandInvocations per 50 nodes, without
// the steps. A failure that the command itself shows takes no list of nodes.
func TestRequireSuccessCost(t *testing.T) {
	t.Parallel()
	many := func(count int, each func(int) fakeaws.Invocation) []fakeaws.Invocation {
		var all []fakeaws.Invocation
		for n := range count {
			all = append(all, each(n))
		}
		return all
	}
	good := func(n int) fakeaws.Invocation { return on(nodeNumber(n), "Success", "") }
	const get, list = "ListCommands", "ListCommandInvocations"
	for name, test := range map[string]struct {
		command  fakeaws.Command
		summary  string
		contains []string
		want     []string
	}{
		"1 node":    {fakeaws.Command{SentAt: -60, Invocations: many(1, good)}, "", nil, []string{get, list}},
		"50 nodes":  {fakeaws.Command{SentAt: -60, Invocations: many(50, good)}, "", nil, []string{get, list}},
		"120 nodes": {fakeaws.Command{SentAt: -60, Invocations: many(120, good)}, "", nil, []string{get, list, list, list}},
		"three polls": {fakeaws.Command{SentAt: -3.5, Invocations: many(2, good)}, "", nil, // Polls at 0, 1 and 2 s; complete at 1.5 s.
			[]string{get, get, get, list}},
		"failed": {fakeaws.Command{SentAt: -60, Invocations: []fakeaws.Invocation{good(0), on(nodeNumber(1), "Failed", "")}},
			"Command Invocation Failed", []string{"ended as Failed", "On 1 of them it failed"}, []string{get}},
		"within max_errors": {fakeaws.Command{SentAt: -60, MaxErrors: "1", Invocations: []fakeaws.Invocation{good(0), on(nodeNumber(1), "Failed", "")}},
			"Command Invocation Failed", []string{"ended as Success", "On 1 of them it failed", "max_errors"}, []string{get}},
		"no node": {fakeaws.Command{SentAt: -60, Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}},
			"Command Invocation Failed", []string{"No node matched"}, []string{get}},
		// Assumed: that Systems Manager can report these details beside Success.
		"Success, Incomplete": {fakeaws.Command{SentAt: -60, Status: "Success", StatusDetails: "Incomplete", Invocations: many(2, good)},
			"Command Invocation Failed", []string{"ended as Success (Incomplete)"}, []string{get}},
		"Success, DeliveryTimedOut": {fakeaws.Command{SentAt: -60, Status: "Success", StatusDetails: "DeliveryTimedOut", Invocations: many(2, good)},
			"Command Invocation Failed", []string{"ended as Success (DeliveryTimedOut)", "does not prove that the script did not run"}, []string{get}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				test.command.CommandID = command
				server, transport := play(t, script(test.command))
				_, found := p.over(transport).read(t.Context(), t, "ssm_command", arguments{"command_id": command, "require_success": true})
				switch {
				case test.summary != "":
					only(t, found, test.summary, "require_success", test.contains...)
				case len(found) > 0:
					t.Errorf("diagnostics %s", describe(found))
				}
				if diff := cmp.Diff(test.want, requested(server)); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// The failure of the command matters more than that of S3: it comes first, and S3's error after it.
func TestRequireSuccessWithCompleteOutput(t *testing.T) {
	t.Parallel()
	step := ended("Failed", strings.Repeat("0123456789\n", 3000), "disk full\n")
	step.ResponseCode = fakeaws.Code(9)
	s := written("", "")
	s.Commands[0].Invocations[0].Steps = []fakeaws.Step{step}
	s = struck(s, denied("GetObject"))
	requested := arguments{"command_id": command, "instance_id": node, "complete_output": true}
	for _, kind := range []string{"ssm_command_invocation", ephemeralKind} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				_, transport := play(t, s)
				p.over(transport)
				_, found := p.read(t.Context(), t, kind, requested.with("require_success", true))
				if len(found) != 2 || found[0].Summary != "Command Invocation Failed" || found[1].Summary != "Access Denied" {
					t.Fatalf("diagnostics %s", describe(found))
				}
				says(t, found[0], "require_success", "ended as Failed", "Exit code: 9.")
				says(t, found[1], "complete_output", "S3 does not allow reading")
				if shown := strings.Contains(describe(found), "disk full"); shown == (kind == ephemeralKind) {
					t.Errorf("shows output: %t", shown)
				}

				_, found = p.read(t.Context(), t, kind, requested)
				only(t, found, "Access Denied", "complete_output", "S3 does not allow reading", "The step itself ended as Failed. Exit code: 9.")
			})
		})
	}
	t.Run("the order on a terminal", func(t *testing.T) {
		t.Parallel()
		r := overS3(t, s, completely, "require_success = true")
		first, second := strings.Index(r.Stdout, "Command Invocation Failed"), strings.Index(r.Stdout, `"Access Denied"`)
		if r.Code != 1 || first < 0 || second < first {
			t.Errorf("code %d, at %d and %d:\n%s", r.Code, first, second, r.Stdout)
		}
	})
}
