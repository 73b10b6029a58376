// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A command is sent once, and its results are stored. Nothing after that makes a request.
func TestCreate(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(fakeaws.Rule{InstanceID: db, Steps: []fakeaws.StepResult{{StandardOutput: "db", Duration: fakeaws.At(0.1)}}}, prints("web\n")),
		command(`instance_ids = ["`+web+`", "`+db+`"]`)+`
output "web" { value = ssm_command.this.invocations["`+web+`"].standard_output_content }
output "db" { value = ssm_command.this.invocations["`+db+`"].standard_output_content }
`)
	s.apply(t)
	if got := s.Outputs(t); got["web"] != "web\n" || got["db"] != "db" {
		t.Errorf("outputs: %v", got)
	}
	values, tainted := s.attributes(t)
	for name, want := range map[string]any{
		"status": "Success", "status_details": "Success", "target_count": 2.0, "completed_count": 2.0, "error_count": 0.0,
		"region": "us-east-1", "document_version": "$DEFAULT", "timeout_seconds": 3600.0, "max_concurrency": "50", "max_errors": "0",
	} {
		if values[name] != want {
			t.Errorf("%s = %v, want %v", name, values[name], want)
		}
	}
	sends := s.Sends()
	if len(sends) != 1 || tainted || values["command_id"] != sends[0].Command.CommandID || values["comment"] != sends[0].Command.Comment {
		t.Errorf("tainted: %v, state: %v, sent: %v", tainted, values, sends)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan after the apply has changes")
		}
		s.apply(t)
		s.apply(t, "-refresh-only")
	})
	s.quiet(t, func() { s.apply(t, "-destroy") })
	if n := s.Executions("", ""); n != 2 {
		t.Errorf("the nodes ran the script %d times, want once each", n)
	}
}

// A write-only secret reaches the command, and appears neither in a plan, nor in the state, nor in
// a log.
func TestWriteOnlyParameters(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnly)
	const secret = "correct horse battery staple"
	config := command(`parameters = { executionTimeout = ["60"] }`, `parameters_wo = { commands = ["echo ${var.secret}"] }`, `parameters_wo_version = 1`) +
		"variable \"secret\" {\n  type = string\n  ephemeral = true\n}\n"
	for name, test := range map[string]struct {
		script fakeaws.Script
		fails  bool
	}{
		"success":       {nodes(prints("done")), false},
		"failed":        {nodes(exits(1, "no")), true},
		"lost response": {struck(nodes(prints("done")), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Close, Accepted: true}), false},
		"perhaps sent":  {struck(nodes(), denied, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Close, Accepted: true}), true},
		"rejected":      {struck(nodes(), fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.ServiceError, Code: "InvalidParameters", Message: "echo " + secret + " is invalid"}), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			w := acctest.NewWorkspace(t, fake.Provider()+config, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log", "TF_VAR_secret="+secret)
			s := stack{fake, w}
			r := s.Run(t, "apply", "-no-color", "-auto-approve")
			if failed := r.Code != 0; failed != test.fails {
				t.Fatalf("exit code %d:\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
			if name == "rejected" {
				if strings.Contains(r.Stdout+r.Stderr, secret) {
					t.Errorf("the secret is in the output:\n%s%s", r.Stdout, r.Stderr)
				}
				return
			}
			sends := s.Sends()
			if len(sends) != 1 || sends[0].Command.Parameters["commands"][0] != "echo "+secret || sends[0].Command.Parameters["executionTimeout"][0] != "60" {
				t.Fatalf("sent: %v", sends)
			}
			values, tainted := s.attributes(t)
			if tainted != test.fails || name != "perhaps sent" && values["command_id"] != sends[0].Command.CommandID || values["parameters_wo"] != nil {
				t.Errorf("tainted: %v, state: %v", tainted, values)
			}
			s.Run(t, "plan", "-no-color", "-out=plan.bin")
			texts := map[string]string{"output": r.Stdout + r.Stderr, "state": s.Succeed(t, "state", "pull").Stdout}
			if plan := s.Run(t, "show", "-json", "plan.bin"); plan.Code == 0 {
				texts["plan"] = plan.Stdout
			}
			log, err := os.ReadFile(filepath.Join(s.Dir, "trace.log"))
			if err != nil {
				t.Fatal(err)
			}
			texts["log"] = string(log)
			for where, text := range texts {
				if strings.Contains(text, "horse") {
					t.Errorf("the secret is in the %s", where)
				}
			}
		})
	}
}

// The error about a failed command shows no output that can be secret.
func TestSecretOutput(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string][]string{
		"store_output":  {`store_output = false`},
		"parameters_wo": {`parameters = null`, `parameters_wo = { commands = ["echo horse"] }`, `parameters_wo_version = 1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "parameters_wo" {
				acctest.Needs(t, acctest.WriteOnly)
			}
			s := newStack(t, nodes(exits(3, "echo horse")), command(arguments...))
			d := s.fail(t).One(t, "error", "Command Failed")
			d.Contains(t, "exit code 3", name)
			if strings.Contains(d.Detail, "horse") {
				t.Errorf("the error shows output:\n%s", d.Detail)
			}
		})
	}
}

// A version without a secret sends nothing.
func TestSecretMissing(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnly)
	for name, secret := range map[string]string{"none": "{}", "null": "{ commands = null }"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, nodes(), command(`parameters = {}`, `parameters_wo = var.secret`, `parameters_wo_version = 1`)+
				"variable \"secret\" {\n  type = map(list(string))\n  ephemeral = true\n  default = "+secret+"\n}\n")
			s.fail(t).One(t, "error", "Secret Missing")
			if n := s.requests("SendCommand"); n != 0 {
				t.Errorf("SendCommand was called %d times", n)
			}
		})
	}
}

// A parameter that is null is omitted, and not sent as an empty list.
func TestNullParameter(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("done")), command(`parameters = { commands = ["uptime"], workingDirectory = null }`))
	s.apply(t)
	sent := s.Sends()[0].Command.Parameters
	if _, ok := sent["workingDirectory"]; ok {
		t.Errorf("sent: %v", sent)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
}

// 50 nodes are one command, and their output is read with one request each.
func TestFiftyNodes(t *testing.T) {
	t.Parallel()
	script := fakeaws.Script{Rules: []fakeaws.Rule{prints("done")}}
	var ids []string
	for i := range 50 {
		id := fmt.Sprintf("i-%017x", i+1)
		ids = append(ids, fmt.Sprintf("%q", id))
		script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: id})
	}
	s := newStack(t, script, command(`instance_ids = [`+strings.Join(ids, ", ")+`]`, `max_concurrency = "100%"`))
	s.apply(t)
	values, _ := s.attributes(t)
	if n := len(values["invocations"].(map[string]any)); n != 50 {
		t.Errorf("%d nodes in the state", n)
	}
	if sends, reads := s.requests("SendCommand"), s.requests("GetCommandInvocation"); sends != 1 || reads != 50 {
		t.Errorf("SendCommand was called %d times, GetCommandInvocation %d times", sends, reads)
	}
	s.configure(t, command(`instance_ids = [`+strings.Join(ids, ", ")+`, "`+web+`"]`))
	found := s.Validate(t)
	if len(found) != 1 || !strings.Contains(found[0].Detail, "50") {
		t.Errorf("51 nodes: %v", found)
	}
}

func TestByTag(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("done")), command(`targets = [{ key = "tag:Env", values = ["test"] }, { key = "tag:Role", values = ["web", "db"] }]`))
	s.apply(t)
	values, _ := s.attributes(t)
	if at(t, values, "invocations", web, "standard_output_content") != "done" || at(t, values, "invocations", db, "status") != "Success" || values["target_count"] != 2.0 {
		t.Errorf("state: %v", values)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
}

// Nothing is sent to more nodes than max_targets.
func TestMaxTargets(t *testing.T) {
	t.Parallel()
	config := func(most string) string {
		return command(`targets = [{ key = "tag:Env", values = ["test"] }]`, `max_targets = `+most)
	}
	s := newStack(t, nodes(prints("done")), config("1"))
	s.fail(t).One(t, "error", "Too Many Nodes").Contains(t, "max_targets")
	if values, _ := s.attributes(t); values != nil || s.requests("SendCommand") != 0 {
		t.Errorf("state: %v", values)
	}
	s.configure(t, config("2"))
	s.apply(t)
}

// Targets that match no node are an error by default, after node_ready_timeout, and a warning
// without require_success.
func TestNoNodesMatched(t *testing.T) {
	t.Parallel()
	none := `targets = [{ key = "tag:Role", values = ["none"] }]`
	s := newStack(t, nodes(), command(none, `node_ready_timeout = "3s"`))
	s.fail(t).One(t, "error", "No Nodes Matched").Contains(t, "tag:Role")
	if _, tainted := s.attributes(t); !tainted {
		t.Error("the resource is not tainted")
	}
	s = newStack(t, nodes(), command(none, `require_success = false`))
	s.Succeed(t, "apply", "-json", "-auto-approve").One(t, "warning", "No Nodes Matched")
	values, _ := s.attributes(t)
	if n := len(values["invocations"].(map[string]any)); n != 0 || values["status"] != "Success" {
		t.Errorf("state: %v", values)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
}

// A node that registers while Terraform waits gets the command.
func TestNodesThatAreBooting(t *testing.T) {
	t.Parallel()
	for name, nodes := range map[string]string{"by ID": `instance_ids = ["` + web + `"]`, "by tag": `targets = [{ key = "tag:Role", values = ["web"] }]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := fakeaws.Script{
				Nodes: []fakeaws.Node{{InstanceID: web, RegisteredAt: fakeaws.At(6), Tags: map[string]string{"Role": "web"}}},
				Rules: []fakeaws.Rule{prints("done")},
			}
			s := newStack(t, script, command(nodes))
			s.apply(t)
			if n := s.Executions("", web); n != 1 {
				t.Errorf("the node ran the script %d times", n)
			}
		})
	}
}

// With several steps, each has its own exit code and output.
func TestSeveralSteps(t *testing.T) {
	t.Parallel()
	script := nodes(fakeaws.Rule{Steps: []fakeaws.StepResult{{Name: "build", StandardOutput: "built", Duration: fakeaws.At(0.1)}, {Name: "deploy", ExitCode: 3, StandardError: "no space", Duration: fakeaws.At(0.1)}}})
	script.Documents = []fakeaws.Document{{Name: "Release", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{
		{Name: "build", Action: "aws:runShellScript"}, {Name: "deploy", Action: "aws:runShellScript"},
	}}}}}
	s := newStack(t, script, `
resource "ssm_command" "this" {
  document_name   = "Release"
  instance_ids    = ["`+web+`"]
  require_success = false
}
`)
	s.apply(t)
	values, _ := s.attributes(t)
	node := at(t, values, "invocations", web)
	if at(t, node, "response_code") != nil || at(t, node, "standard_output_content") != nil {
		t.Errorf("the node has the values of a step: %v", node)
	}
	if at(t, node, "steps", 0, "standard_output_content") != "built" || at(t, node, "steps", 1, "response_code") != 3.0 ||
		!strings.Contains(at(t, node, "steps", 1, "standard_error_content").(string), "no space") || at(t, node, "status") != "Failed" {
		t.Errorf("steps: %v", at(t, node, "steps"))
	}
	s.quiet(t, func() { s.plan(t) })
}

// A failed command is an error, and taints the resource: the next apply sends it again, unless it
// is untainted.
func TestFailedCommand(t *testing.T) {
	t.Parallel()
	fails := exits(3, "disk full")
	fails.Times = 1
	s := newStack(t, nodes(fails, prints("done")), command())
	s.fail(t).One(t, "error", "Command Failed").Contains(t, web, "3", "disk full", "terraform untaint")
	values, tainted := s.attributes(t)
	if !tainted || values["status"] != "Failed" || at(t, values, "invocations", web, "response_code") != 3.0 ||
		!strings.Contains(at(t, values, "invocations", web, "standard_error_content").(string), "disk full") {
		t.Fatalf("tainted: %v, state: %v", tainted, values)
	}
	s.quiet(t, func() {
		s.Succeed(t, "untaint", this)
		if s.plan(t) {
			t.Error("the plan after untaint has changes")
		}
	})
	s.Succeed(t, "taint", this)
	s.apply(t)
	if values, _ := s.attributes(t); values["status"] != "Success" || len(s.Sends()) != 2 {
		t.Errorf("state: %v, sent: %d", values, len(s.Sends()))
	}
	s.apply(t, "-replace="+this)
	if n := len(s.Sends()); n != 3 {
		t.Errorf("%d commands were sent, want 3", n)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(runs(600)), command("timeouts {\n create = \"3s\"\n }"))
	r := s.fail(t)
	values, tainted := s.attributes(t)
	if !tainted || values["command_id"] != s.Sends()[0].Command.CommandID {
		t.Fatalf("tainted: %v, state: %v", tainted, values)
	}
	r.One(t, "error", "Command Still Running").Contains(t, values["command_id"].(string), "timeouts.create", "terraform untaint")
}
