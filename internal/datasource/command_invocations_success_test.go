// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// failing plans a read of the invocations with require_success, and returns its only error.
func failing(t *testing.T, s fakeaws.Script, arguments ...string) acctest.Diagnostic {
	t.Helper()
	w := acctest.NewWorkspace(t, acctest.Serve(t, s).Provider()+read("ssm_command_invocations", append(arguments, byID, "require_success = true")...))
	return w.Run(t, "plan", "-json").One(t, "error", "Command Invocation Failed")
}

// fleetOf is a script of a command on these nodes, which are numbered.
func fleetOf(invocations ...fakeaws.Invocation) fakeaws.Script {
	for n := range invocations {
		invocations[n].InstanceID = nodeNumber(n)
	}
	return script(fakeaws.Command{CommandID: command, SentAt: -60, Invocations: invocations})
}

// The error counts the nodes by status, and shows the first three that failed, with the failed
// step.
func TestInvocationsRequireSuccess(t *testing.T) {
	t.Parallel()
	failed := func(why string) fakeaws.Step {
		s := ended("Failed", "", why)
		s.ResponseCode = fakeaws.Code(7)
		return s
	}
	delivery := fakeaws.Step{Timeline: []fakeaws.Moment{{At: 5, Status: "TimedOut", StatusDetails: "DeliveryTimedOut"}}}
	s := fleetOf(steps(ended("Success", "secret of a good node\n", "")), steps(failed("disk full\n")), steps(delivery),
		steps(named("installIt", ended("Success", "secret of a good step\n", "")), named("startIt", failed("no such unit\n"))),
		steps(failed("secret of the fourth\n")), steps(failed("secret of the fifth\n")))
	d := failing(t, s)
	d.Contains(t, "5 of 6 nodes did not end as Success", "Failed: 4, Success: 1, TimedOut (DeliveryTimedOut): 1", nodeNumber(1)+": Failed",
		"exit code 7", "disk full", nodeNumber(2)+": TimedOut (DeliveryTimedOut)", `step "startIt"`, "no such unit", "And 2 more")
	if strings.Contains(d.Detail, "secret") || !strings.Contains(d.Snippet.Code, "require_success") {
		t.Errorf("%+v", d)
	}
	d = failing(t, s, "include_plugins = false")
	if d.Contains(t, "5 of 6 nodes", nodeNumber(1)+": Failed."); strings.Contains(d.Detail, "disk full") {
		t.Error(d.Detail)
	}
	// Nodes that the filter excludes count as well.
	failing(t, s, `status = "Success"`).Contains(t, "5 of 6 nodes")

	apply(t, resource.TestStep{Config: acctest.Serve(t, fleetOf(fakeaws.Invocation{}, fakeaws.Invocation{})).Provider() +
		read("ssm_command_invocations", byID, "require_success = true")})
}

// Three nodes with much output show 20 lines and 2,000 bytes in all.
func TestInvocationsErrorIsBounded(t *testing.T) {
	t.Parallel()
	for name, output := range map[string]string{
		"many lines":     strings.Repeat("#\n", 900),
		"one line":       strings.Repeat("#é", 800),
		"what is hidden": strings.Repeat("#\x1b", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noisy := func() fakeaws.Invocation { return steps(ended("Failed", output, "")) }
			d := failing(t, fleetOf(noisy(), noisy(), noisy(), noisy()))
			size, lines := 0, 0
			for line := range strings.Lines(d.Detail) {
				if strings.Contains(line, "#") || strings.Contains(line, "---") {
					size, lines = size+len(unmarked(t, strings.TrimRight(line, "\n"))), lines+1
				}
			}
			if size > 2000 || lines > 20 || size == 0 || !utf8.ValidString(d.Detail) || strings.Contains(d.Detail, "\x1b") {
				t.Errorf("%d lines, %d bytes: %s", lines, size, d.Detail)
			}
		})
	}
}

// All data sources have the same values for the same command.
func TestDataSourcesAgree(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Checks)
	fake := acctest.Serve(t, script(everything(), fakeaws.Command{CommandID: otherCommand, SentAt: -90, Invocations: []fakeaws.Invocation{{InstanceID: node}}}))
	same := func(name, expression string) string {
		name = strings.ReplaceAll(name, " ", "_")
		return fmt.Sprintf("check %q {\n  assert {\n    condition = %s\n    error_message = \"no\"\n  }\n}\n", name, expression)
	}
	config := fake.Provider() + read("ssm_command", byID) + read("ssm_commands", `document_name = "Example-Deploy"`) +
		read("ssm_command_invocations", byID) + acctest.Invocation(command, node) + `
locals {
  one  = data.ssm_command.this
  rows = data.ssm_command_invocations.this.invocations
  row  = local.rows[0]
  step = local.row.command_plugins[0]
}
` + same("singular and plural", "[for name, value in data.ssm_commands.this.commands[0] : name if jsonencode(value) != jsonencode(local.one[name])] == []") +
		same("one command", "length(data.ssm_commands.this.commands) == 1") +
		same("counts", "local.one.target_count == length(local.rows) && local.one.completed_count == length([for r in local.rows : r if r.status != \"InProgress\"])") +
		same("ids", "jsonencode(local.one.instance_ids) == jsonencode(local.rows[*].instance_id)") +
		same("row and command", `alltrue([for name in ["command_id", "comment", "document_name", "document_version", "service_role_arn", "notification_config", "cloudwatch_output_config"] : jsonencode(local.row[name]) == jsonencode(local.one[name])])`) +
		same("row and invocation", `alltrue([for name in ["command_id", "instance_id", "comment", "document_name", "document_version", "status", "status_details", "standard_output_url", "standard_error_url", "cloudwatch_output_config"] : jsonencode(local.row[name]) == jsonencode(`+this+`[name])])`) +
		same("step and invocation", this+".standard_output_content == local.step.output && "+this+".response_code == local.step.response_code && "+this+".plugin_name == local.step.name && "+
			this+".execution_start_date_time == local.step.response_start_date_time")
	// A check that fails is a warning, and so is one with unknown values.
	result := acctest.NewWorkspace(t, config).Succeed(t, "plan", "-json")
	for _, d := range result.Diagnostics(t) {
		t.Errorf("%s %s: %s %s", d.Severity, d.Address, d.Summary, d.Detail)
	}
}
