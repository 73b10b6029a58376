// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// checkSends checks how many commands were sent until now, and that the same apply once more sends
// none and leaves nothing to do.
func checkSends(t *testing.T, fake *acctest.Fake, w *acctest.Workspace, want int, arguments ...string) {
	t.Helper()
	if n := fake.Count("SendCommand"); n != want {
		t.Errorf("SendCommand was called %d times, want %d", n, want)
	}
	if want == 0 {
		return
	}
	w.Succeed(t, append([]string{"apply", "-auto-approve"}, arguments...)...)
	w.Succeed(t, append([]string{"plan", "-detailed-exitcode"}, arguments...)...)
	if n := fake.Count("SendCommand"); n != want {
		t.Errorf("after the second apply, SendCommand was called %d times, want %d", n, want)
	}
}

// applyDemo applies the first configuration of the demo, and checks that a plan after it makes no
// request.
func applyDemo(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL, "TF_VAR_endpoint="+fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	requests := fake.Count("")
	w.Succeed(t, "plan", "-detailed-exitcode")
	if n := fake.Count("") - requests; n != 0 {
		t.Errorf("the plan made %d requests, want none", n)
	}
	checkSends(t, fake, w, 1)
}

// applyDemoRead applies the second configuration of the demo, which reads the command that the
// first one sent.
func applyDemoRead(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, "demo"))
	newWorkspace(t, "demo", fake.URL, "TF_VAR_endpoint="+fake.URL).Succeed(t, "apply", "-auto-approve")
	w := newWorkspace(t, name, fake.URL, "TF_VAR_endpoint="+fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	if n := fake.Count("SendCommand"); n != 1 {
		t.Errorf("SendCommand was called %d times, want once", n)
	}
}

// applyAndChange applies an example, and again with a change of each of its triggers.
func applyAndChange(t *testing.T, name string, _ example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	checkSends(t, fake, w, 1)

	w.Write(t, "app.conf", "workers = 8\n")
	w.Succeed(t, "apply", "-auto-approve")
	checkSends(t, fake, w, 2)

	w.Write(t, "reload.yaml", "a new version of the document")
	w.Succeed(t, "apply", "-auto-approve")
	checkSends(t, fake, w, 3)
}

// applySecretParameter applies an example that passes a secret to a command. A new secret alone
// sends nothing; a new version does.
func applySecretParameter(t *testing.T, name string, _ example) {
	const token = "K10c3f1'$(id).for-a-command"
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL, "TF_VAR_join_token="+token)
	out := w.Succeed(t, "plan", "-no-color", "-out=plan.bin").Stdout + w.Succeed(t, "show", "-json", "plan.bin").Stdout
	out += w.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout
	if strings.Contains(out, "K10c3f1") {
		t.Errorf("the output contains the secret: %s", out)
	}
	checkNotInState(t, w, "K10c3f1")
	checkSends(t, fake, w, 1)

	const other = "-var=join_token=K10c3f1.other"
	w.Succeed(t, "apply", "-auto-approve", other)
	checkSends(t, fake, w, 1, other)
	const version = "-var=join_token_version=2"
	w.Succeed(t, "apply", "-auto-approve", other, version)
	checkSends(t, fake, w, 2, other, version)

	var commands []string
	for _, send := range fake.Sends() {
		commands = append(commands, send.Command.Parameters["commands"]...)
	}
	want := []string{`/opt/cluster/join 'K10c3f1'\''$(id).for-a-command'`, `/opt/cluster/join 'K10c3f1.other'`}
	if diff := cmp.Diff(want, commands); diff != "" {
		t.Errorf("commands sent (-want +got):\n%s", diff)
	}
	checkNotInState(t, w, "K10c3f1")
}

// applyCommandWithSecretOutput applies an example whose command prints a token that is stored in
// Parameter Store alone. A new command writes the new token. After Systems Manager has deleted the
// commands, a plan still succeeds, and changes nothing.
func applyCommandWithSecretOutput(t *testing.T, name string, _ example) {
	aws := newAWSDouble()
	fake := acctest.Serve(t, loadScript(t, name))
	var forgotten atomic.Pointer[fakeaws.Server]
	url := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if server := forgotten.Load(); server != nil {
			server.ServeHTTP(w, r)
			return
		}
		fake.ServeHTTP(w, r)
	})
	w := newWorkspace(t, name, url, aws.serve(t))
	// An override saves the test the visibility timeout of 30 seconds.
	w.Write(t, "override.tf", "ephemeral \"ssm_command_invocation\" \"join_token\" {\n  visibility_timeout = \"1s\"\n}\n")
	shown := w.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout
	checkNotInState(t, w, "K10c3f1")
	checkSends(t, fake, w, 1)
	shown += w.Succeed(t, "apply", "-no-color", "-auto-approve", "-replace=ssm_command.join_token").Stdout
	checkNotInState(t, w, "K10c3f1")
	checkSends(t, fake, w, 2)
	if strings.Contains(shown, "K10c3f1") {
		t.Errorf("apply shows the token: %s", shown)
	}

	empty, err := fakeaws.New(fakeaws.Script{})
	if err != nil {
		t.Fatal(err)
	}
	forgotten.Store(empty)
	w.Succeed(t, "plan", "-detailed-exitcode")
	if empty.Count("GetCommandInvocation") == 0 {
		t.Error("the plan did not read the command")
	}

	var want []parameter
	for i, send := range fake.Sends() {
		version, err := strconv.ParseInt(send.Command.CommandID[:7], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, parameter{"/cluster/join-token", "SecureString", []string{"K10c3f1.first", "K10c3f1.second"}[i], version})
	}
	if diff := cmp.Diff(want, aws.written); diff != "" {
		t.Errorf("parameters written (-want +got):\n%s", diff)
	}
}

// applyAndAddNode applies an example, and again with one more node: the command is sent to that
// node alone.
func applyAndAddNode(t *testing.T, name string, _ example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, map[string]any{"setup": map[string]any{"web-1": "web-1 is ready", "web-2": "web-2 is ready"}})
	checkSends(t, fake, w, 2)

	const more = `-var=names=["web-1","web-2","web-3"]`
	w.Succeed(t, "apply", "-auto-approve", more)
	checkOutputs(t, w, map[string]any{"setup": map[string]any{
		"web-1": "web-1 is ready", "web-2": "web-2 is ready", "web-3": "web-3 is ready",
	}})
	checkSends(t, fake, w, 3, more)
	for _, node := range []string{"i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002", "i-0a1b2c3d4e5f60003"} {
		if n := fake.Executions("", node); n != 1 {
			t.Errorf("%s ran the script %d times, want once", node, n)
		}
	}
}

// applyImport applies an example that imports a command. Neither the import nor a change of an
// argument after it sends anything; an apply after a taint does.
func applyImport(t *testing.T, name string, _ example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL)
	out := w.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout
	if want := "1 imported, 0 added, 0 changed, 0 destroyed"; !strings.Contains(out, want) {
		t.Errorf("apply did not write %q: %s", want, out)
	}
	checkOutputs(t, w, map[string]any{"deploy": "app 4.2.0 is up\n"})
	w.Succeed(t, "plan", "-detailed-exitcode")
	w.Write(t, "override.tf", "resource \"ssm_command\" \"deploy\" {\n  parameters = { commands = [\"/opt/app/bin/deploy 4.3.0\"] }\n}\n")
	w.Run(t, "plan", "-json").One(t, "error", "Imported Command Differs")
	if sent, cancelled := fake.Count("SendCommand"), fake.Count("CancelCommand"); sent+cancelled > 0 {
		t.Errorf("SendCommand was called %d times, CancelCommand %d times", sent, cancelled)
	}
	w.Succeed(t, "taint", "ssm_command.deploy")
	w.Succeed(t, "apply", "-auto-approve")
	checkSends(t, fake, w, 1)
}

// TestImportedCommandIsTainted checks what the page of resource ssm_command says about a command
// that was imported while it runs: the apply after a taint cancels it, unless an apply has stored
// cancel_on_destroy = false before.
func TestImportedCommandIsTainted(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ImportBlocks)
	for argument, cancels := range map[string]int{"": 1, "cancel_on_destroy = false": 0} {
		t.Run(argument, func(t *testing.T) {
			t.Parallel()
			const name = "send/import"
			script := loadScript(t, name)
			script.Commands[0].SentAt = -60
			script.Commands[0].Invocations[0].Steps[0].Timeline = []fakeaws.Moment{{At: 0, Status: "InProgress"}, {At: 3600, Status: "Success"}}
			fake := acctest.Serve(t, script)
			w := newWorkspace(t, name, fake.URL)
			w.Write(t, "override.tf", "resource \"ssm_command\" \"deploy\" {\n  "+argument+"\n}\n\noutput \"deploy\" {\n  value = ssm_command.deploy.status\n}\n")
			w.Succeed(t, "apply", "-auto-approve")
			w.Succeed(t, "taint", "ssm_command.deploy")
			w.Succeed(t, "apply", "-auto-approve")
			if n := fake.Count("CancelCommand"); n != cancels {
				t.Errorf("CancelCommand was called %d times, want %d", n, cancels)
			}
			checkSends(t, fake, w, 1)
		})
	}
}

// TestFailedCondition checks what the page of resource ssm_command says about a postcondition that
// fails: the resource is not tainted, each plan fails with the same message, and only a replacement
// sends the command again.
func TestFailedCondition(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Checks)
	const name = "send/tolerated-failure"
	script := loadScript(t, name)
	script.Rules[0].Steps[0].ExitCode, script.Rules[0].Times = 1, 1
	fake := acctest.Serve(t, script)
	w := newWorkspace(t, name, fake.URL)
	for _, arguments := range [][]string{{"apply", "-auto-approve"}, {"apply", "-auto-approve"}, {"plan"}} {
		r := w.Run(t, append(arguments, "-json")...)
		r.One(t, "error", "Resource postcondition failed").Contains(t, "The clean-up failed with exit code 1.")
	}
	if state := w.Succeed(t, "show", "-json").Stdout; strings.Contains(state, `"tainted":true`) || !strings.Contains(state, `"nothing to remove`) {
		t.Errorf("the resource is tainted, or its output is missing: %s", state)
	}
	if n := fake.Count("SendCommand"); n != 1 {
		t.Errorf("SendCommand was called %d times, want once", n)
	}
	w.Succeed(t, "apply", "-auto-approve", "-replace=ssm_command.cleanup")
	checkSends(t, fake, w, 2)
}

// TestFailureWithoutOutput checks that with store_output = false the state does not have the output
// of a command that failed, and that no message shows it.
func TestFailureWithoutOutput(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.WriteOnly)
	const name, output = "send/secrets", "K10c3f1.printed"
	script := loadScript(t, name)
	script.Rules[0].Steps[0] = fakeaws.StepResult{ExitCode: 3, StandardOutput: output, StandardError: output}
	fake := acctest.Serve(t, script)
	w := newWorkspace(t, name, fake.URL, "TF_VAR_join_token=token")
	failed := w.Run(t, "apply", "-auto-approve", "-json")
	failed.One(t, "error", "Command Failed").Contains(t, "exit code 3")
	if strings.Contains(failed.Stdout+failed.Stderr, output) {
		t.Errorf("the error shows the output: %s", failed.Stdout)
	}
	checkNotInState(t, w, output)
	w.Write(t, "override.tf", "resource \"ssm_command\" \"join\" {\n  require_success = false\n}\n")
	if r := w.Succeed(t, "apply", "-auto-approve", "-json"); strings.Contains(r.Stdout+r.Stderr, output) {
		t.Errorf("apply shows the output: %s", r.Stdout)
	}
	checkNotInState(t, w, output)
	checkSends(t, fake, w, 2)
	if n := fake.Count("GetCommandInvocation"); n != 0 {
		t.Errorf("GetCommandInvocation was called %d times, want 0", n)
	}
}

// TestSendPolicy checks that the policy for sending allows exactly the actions that resource
// ssm_command requires, and that its statements are about the resources that SendCommand checks:
// one about documents, and one about nodes, whose condition does not apply to the document.
func TestSendPolicy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("guides", "permissions", "send.json"))
	if err != nil {
		t.Fatal(err)
	}
	var policy struct {
		Statement []struct {
			Sid, Effect      string
			Action, Resource any
			Condition        map[string]map[string]string
		}
	}
	if err := json.Unmarshal(text, &policy); err != nil {
		t.Fatal(err)
	}

	required := map[string]bool{}
	requests := func(name, override string, script fakeaws.Script) {
		fake := acctest.Serve(t, script)
		w := newWorkspace(t, name, fake.URL)
		w.Write(t, "override.tf", override)
		w.Succeed(t, "apply", "-auto-approve")
		w.Succeed(t, "destroy", "-auto-approve")
		for _, r := range fake.Requests() {
			required[r.Service+":"+r.Operation] = true
		}
	}
	requests("send/by-tag", "", loadScript(t, "send/by-tag"))
	// A command that is running when it is destroyed.
	script := loadScript(t, "resources/ssm_command")
	script.Rules[0].Steps[0].Duration = fakeaws.At(600)
	requests("resources/ssm_command", `
resource "ssm_command" "migrate" {
  wait_for_completion = false
}

output "migration" {
  value = ssm_command.migrate.status
}
`, script)
	allowed := map[string]bool{}
	for _, action := range regexp.MustCompile(`"(\w+:[A-Z]\w+)"`).FindAllStringSubmatch(string(text), -1) {
		allowed[action[1]] = true
	}
	if diff := cmp.Diff(required, allowed); diff != "" {
		t.Errorf("actions (-required +allowed):\n%s", diff)
	}

	for name, c := range map[string]struct {
		statement string
		node      fakeaws.Node
		document  fakeaws.Document
	}{
		"a document of AWS": {"SendDocuments", fakeaws.Node{}, fakeaws.Document{Name: "AWS-RunShellScript", SendDenied: true}},
		"another document":  {"SendDocuments", fakeaws.Node{}, fakeaws.Document{Name: "App-Reload", SendDenied: true}},
		"an EC2 instance":   {"SendToNodes", fakeaws.Node{InstanceID: "i-0a1b2c3d4e5f60001", SendDenied: true}, fakeaws.Document{Name: "App-Reload"}},
		"a non-EC2 node":    {"SendToNodes", fakeaws.Node{InstanceID: "mi-0a1b2c3d4e5f60001", SendDenied: true}, fakeaws.Document{Name: "App-Reload"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.node.InstanceID == "" {
				c.node.InstanceID = "i-0a1b2c3d4e5f60001"
			}
			c.document.Versions = []fakeaws.DocumentVersion{{}}
			fake := acctest.Serve(t, fakeaws.Script{Nodes: []fakeaws.Node{c.node}, Documents: []fakeaws.Document{c.document}})
			w := acctest.NewWorkspace(t, fake.Provider()+"resource \"ssm_command\" \"this\" {\n  document_name = \""+c.document.Name+
				"\"\n  instance_ids = [\""+c.node.InstanceID+"\"]\n}\n")
			detail := w.Run(t, "apply", "-auto-approve", "-json").One(t, "error", "Access Denied").Detail
			checked := regexp.MustCompile(`on resource: (arn:\S+)`).FindStringSubmatch(detail)
			if checked == nil {
				t.Fatalf("the error names no resource: %s", detail)
			}
			var statements []string
			for _, s := range policy.Statement {
				resources, _ := s.Resource.([]any)
				for _, resource := range resources {
					if pattern, _ := resource.(string); s.Action == "ssm:SendCommand" && matchesARN(pattern, checked[1]) {
						statements = append(statements, s.Sid)
						if conditional := len(s.Condition) > 0; conditional != (s.Sid == "SendToNodes") {
							t.Errorf("%s has a condition: %v", s.Sid, conditional)
						}
					}
				}
			}
			if diff := cmp.Diff([]string{c.statement}, statements); diff != "" {
				t.Errorf("statements that allow %s (-want +got):\n%s", checked[1], diff)
			}
		})
	}
}

// matchesARN reports whether the Resource of a statement matches an ARN.
func matchesARN(pattern, arn string) bool {
	prefix, wildcard := strings.CutSuffix(pattern, "*")
	return arn == pattern || wildcard && strings.HasPrefix(arn, prefix)
}
