// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// serveLate serves the fake of an example from the first request on, so that the script's times
// count from the apply, and not from the plan before it. The function returns the fake.
func serveLate(t *testing.T, name string) (string, func() *fakeaws.Server) {
	t.Helper()
	script := loadScript(t, name)
	server := sync.OnceValue(func() *fakeaws.Server {
		server, err := fakeaws.New(script)
		if err != nil {
			t.Error(err)
		}
		return server
	})
	return listen(t, func(w http.ResponseWriter, r *http.Request) { server().ServeHTTP(w, r) }), server
}

// applyNode applies the node of the guide "Getting started" with a double of provider aws.
func applyNode(t *testing.T, name string, e example) {
	w := newWorkspace(t, name, "http://127.0.0.1:1", newAWSDouble(node).serve(t), "TF_VAR_ami=ami-0a1b2c3d4e5f60001")
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	w.Succeed(t, "plan", "-detailed-exitcode")
}

// guideText returns the template of a guide.
func guideText(t *testing.T, guide string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "templates", "guides", guide+".md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// guideBlocks returns the shell blocks of a section of a guide.
func guideBlocks(t *testing.T, guide, heading string) []string {
	t.Helper()
	_, section, ok := strings.Cut(guideText(t, guide), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no section %q", guide, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var blocks []string
	for _, block := range regexp.MustCompile("(?s)```shell\n(.*?)```").FindAllStringSubmatch(section, -1) {
		blocks = append(blocks, strings.TrimSpace(block[1])) // A block in a list is indented.
	}
	return blocks
}

// applyFirstCommand runs the shell blocks of the guide "Getting started" as a reader does, and
// compares what apply prints with the guide.
func applyFirstCommand(t *testing.T, name string, e example) {
	built := filepath.Join(t.TempDir(), "terraform-provider-ssm")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", built, "github.com/ssm-provider/terraform-provider-ssm").CombinedOutput(); err != nil {
		t.Fatalf("building the provider: %v: %s", err, out)
	}
	url, fake := serveLate(t, name)
	path := programs(t, map[string]string{
		"terraform": "#!/bin/sh\nexec \"$CLI\" \"$@\"\n",
		"git":       "#!/bin/sh\nmkdir terraform-provider-ssm\n",
		"make":      "#!/bin/sh\ncp \"$BUILT\" .\n",
	})
	// Without a development override, and with a directory of the test in place of the user's.
	home := t.TempDir()
	config := filepath.Join(home, "empty.tfrc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorkspace(t, name, url, path, "CLI="+os.Getenv("TF_ACC_TERRAFORM_PATH"), "BUILT="+built, "HOME="+home, "TF_CLI_CONFIG_FILE="+config,
		"TF_CLI_ARGS_apply=-auto-approve -no-color", "TF_CLI_ARGS_destroy=-auto-approve")
	run := func(dir, block string) string {
		cmd := w.Command(context.Background())
		cmd.Dir = dir
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-euc", "export TF_VAR_instance_id=" + node + "\n" + block}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", block, err, out)
		}
		return string(out)
	}

	install := guideBlocks(t, "getting-started", "Install the provider")
	if len(install) != 1 {
		t.Fatalf("the section has %d shell blocks, want 1", len(install))
	}
	if strings.Contains(w.Succeed(t, "version").Stdout, "OpenTofu") {
		install[0] = strings.ReplaceAll(install[0], "registry.terraform.io", "registry.opentofu.org")
	}
	run(home, install[0])

	blocks := guideBlocks(t, "getting-started", "Run the first command")
	if len(blocks) != 1 {
		t.Fatalf("the section has %d shell blocks, want 1", len(blocks))
	}
	out := run(w.Dir, blocks[0])
	checkOutputs(t, w, e.outputs)
	transcript, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), "apply.txt"))
	if err != nil {
		t.Fatal(err)
	}
	// How long the apply takes, and the lines that repeat that, change from run to run.
	elapsed := regexp.MustCompile(`ssm_command.hello: Still creating.*\n|\b\d+s\b`)
	if start := strings.Index(out, "ssm_command.hello: Creating..."); start < 0 || elapsed.ReplaceAllString(out[start:], "") != elapsed.ReplaceAllString(string(transcript), "") {
		t.Errorf("apply printed:\n%s\nThe guide shows:\n%s", out, transcript)
	}
	// The node registered two seconds after the first request. Until then, the request is rejected.
	checkExecutions := func(want int) {
		t.Helper()
		if n := fake().Executions("", node); n != want {
			t.Errorf("%s ran the script %d times, want %d", node, n, want)
		}
	}
	if n := fake().Count("SendCommand"); n < 2 {
		t.Errorf("SendCommand was called %d times, want a rejected request and one that is accepted", n)
	}
	checkExecutions(1)
	requests := fake().Count("")
	w.Succeed(t, "plan", "-detailed-exitcode", "-var=instance_id="+node)
	if n := fake().Count("") - requests; n != 0 {
		t.Errorf("the plan made %d requests, want none", n)
	}

	blocks = guideBlocks(t, "getting-started", "Run the command again")
	if len(blocks) != 1 {
		t.Fatalf("the section has %d shell blocks, want 1", len(blocks))
	}
	run(w.Dir, blocks[0])
	checkExecutions(2)

	configuration, err := os.ReadFile(filepath.Join(w.Dir, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	script := guideBlocks(t, "getting-started", "If the command fails")
	if len(script) != 1 {
		t.Fatalf("the section has %d shell blocks, want 1", len(script))
	}
	w.Write(t, "main.tf", strings.Replace(string(configuration), "echo hello from $(hostname)", script[0], 1))
	failed := w.Run(t, "apply", "-var=instance_id="+node, "-var=release=2")
	shown, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), "failure.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if failed.Code != 1 || changing.ReplaceAllString(strings.TrimSpace(failed.Stderr), "*") != changing.ReplaceAllString(strings.TrimSpace(string(shown)), "*") {
		t.Errorf("apply exited with code %d, and printed:\n%s\nThe guide shows:\n%s", failed.Code, failed.Stderr, shown)
	}
	checkExecutions(3)

	blocks = guideBlocks(t, "getting-started", "Clean up")
	if len(blocks) == 0 {
		t.Fatal("the section has no shell block")
	}
	requests = fake().Count("")
	run(w.Dir, blocks[0])
	if n := fake().Count("") - requests; n != 0 {
		t.Errorf("the destroy made %d requests, want none", n)
	}
}

// applyNewInstance applies an example that runs a script on an instance of the same apply, and
// again with a new instance.
func applyNewInstance(t *testing.T, name string, _ example) {
	const second = "i-0a1b2c3d4e5f60002"
	url, fake := serveLate(t, name)
	w := newWorkspace(t, name, url, newAWSDouble(node, second).serve(t))
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, map[string]any{"setup": "app 4.2.0 is set up"})
	w.Succeed(t, "plan", "-detailed-exitcode")
	w.Succeed(t, "apply", "-auto-approve", "-var=ami=ami-0a1b2c3d4e5f60002")
	checkOutputs(t, w, map[string]any{"setup": "app 4.2.1 is set up"})
	for _, id := range []string{node, second} {
		if n := fake().Executions("", id); n != 1 {
			t.Errorf("%s ran the script %d times, want once", id, n)
		}
	}
}

// applyInOrder applies an example of two commands. A change of the first one runs both again, the
// second one last; a change of the second one runs only that.
func applyInOrder(t *testing.T, name string, _ example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL)
	const install, restart = "install the app", "restart the app"
	var want []string
	for _, c := range []struct {
		arguments []string
		runs      []string
	}{
		{nil, []string{install, restart}},
		{[]string{"-var=release=4.2.1"}, []string{install, restart}},
		{[]string{"-var=release=4.2.1", "-var=workers=8"}, []string{restart}},
	} {
		want = append(want, c.runs...)
		w.Succeed(t, append([]string{"apply", "-auto-approve"}, c.arguments...)...)
		checkSends(t, fake, w, len(want), c.arguments...)
	}

	// With depends_on instead of the trigger, only the first command runs again.
	const file, trigger = "main.tf", "triggers = {\n    install = ssm_command.install.command_id\n  }"
	text, err := os.ReadFile(filepath.Join(w.Dir, file))
	if err != nil || !strings.Contains(string(text), trigger) {
		t.Fatalf("%s does not contain %q: %v", file, trigger, err)
	}
	w.Write(t, file, strings.Replace(string(text), trigger, "depends_on = [ssm_command.install]", 1))
	w.Succeed(t, "apply", "-auto-approve") // The trigger is removed, and everything else is new as well.
	w.Succeed(t, "apply", "-auto-approve", "-var=release=4.2.1")
	want = append(want, install, restart, install)

	var ran []string
	for _, r := range fake.Requests() {
		if r.Operation == "SendCommand" {
			ran = append(ran, r.Comment)
		}
	}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

// sendAndWait replaces the AWS CLI: it accepts the calls of a script that sends a command and waits
// for it, and writes them to $CALLS.
const sendAndWait = `#!/bin/sh
echo "$2" >>"$CALLS"
case "$1 $2" in
"ssm send-command") echo 2d6f8a1c-5a1d-4c3e-86b4-9c7a0e2b4d6f ;;
"ssm wait") [ "$5" = 2d6f8a1c-5a1d-4c3e-86b4-9c7a0e2b4d6f ] ;;
"ssm get-command-invocation") echo 4.2.0 ;;
*) echo "aws: unexpected arguments: $*" >&2; exit 2 ;;
esac
`

// applyLocalExec applies an example that the guide on migration replaces, with a double of the AWS
// CLI.
func applyLocalExec(t *testing.T, name string, _ example) {
	w, calls := workspaceWithCalls(t, name)
	w.Succeed(t, "apply", "-auto-approve")
	if diff := cmp.Diff([]string{"send-command", "wait"}, calls()); diff != "" {
		t.Errorf("calls of the provisioner (-want +got):\n%s", diff)
	}
}

// workspaceWithCalls returns a workspace with a double of the AWS CLI, and a function that returns
// the calls of the latter.
func workspaceWithCalls(t *testing.T, name string, env ...string) (*acctest.Workspace, func() []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calls")
	w := newWorkspace(t, name, "http://127.0.0.1:1", append(env, programs(t, map[string]string{"aws": sendAndWait}), "CALLS="+file)...)
	return w, func() []string {
		text, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return strings.Fields(string(text))
	}
}

// applyDestroyProvisioner applies an example that sends a command before the destroy of an
// instance, replaces the instance, and destroys the example.
func applyDestroyProvisioner(t *testing.T, name string, _ example) {
	w, calls := workspaceWithCalls(t, name, newAWSDouble(node, "i-0a1b2c3d4e5f60002").serve(t))
	check := func(want int) {
		t.Helper()
		if all := calls(); len(all) != 2*want || strings.Join(all, " ") != strings.TrimSpace(strings.Repeat("send-command wait ", want)) {
			t.Errorf("the provisioner called %q, want %d times send-command and wait", all, want)
		}
	}
	w.Succeed(t, "apply", "-auto-approve")
	check(0)
	out := w.Succeed(t, "apply", "-auto-approve", "-no-color", "-var=ami=ami-0a1b2c3d4e5f60002").Stdout
	check(1)
	drained, destroyed := strings.Index(out, "terraform_data.drain: Destruction complete"), strings.Index(out, "aws_instance.web: Destroying...")
	if drained < 0 || destroyed < drained {
		t.Errorf("the command does not come before the destroy: %s", out)
	}
	w.Succeed(t, "destroy", "-auto-approve", "-var=ami=ami-0a1b2c3d4e5f60002")
	check(2)
}

// applyExternal validates an example that the guide on migration replaces, and runs its script.
func applyExternal(t *testing.T, name string, e example) {
	validateWith(externalDouble)(t, name, e)
	w, _ := workspaceWithCalls(t, name)
	cmd := w.Command(t.Context())
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "version.sh", node}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != `{"version": "4.2.0"}` {
		t.Errorf("the script wrote %q: %v", out, err)
	}
}

// validateWith returns a run that validates an example with a double of the provider that it uses.
func validateWith(d func() *double) func(*testing.T, string, example) {
	return func(t *testing.T, name string, _ example) {
		newWorkspace(t, name, "http://127.0.0.1:1", d().serve(t)).Succeed(t, "validate")
	}
}

// applyMigration moves a command of an older provider to this one, as the guide on migration says.
func applyMigration(t *testing.T, name string, _ example) {
	fake := acctest.Serve(t, loadScript(t, name))
	command := loadScript(t, name).Commands[0].CommandID
	w := newWorkspace(t, strings.Replace(name, "/after", "/before", 1), fake.URL, olderDouble(command).serve(t))
	w.Succeed(t, "apply", "-auto-approve")
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil || !strings.Contains(string(state), command) {
		t.Fatalf("the state of the older provider does not have the command: %s: %v", state, err)
	}
	for _, file := range []string{"main.tf", "provider.tf"} {
		text, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), file))
		if err != nil {
			t.Fatal(err)
		}
		w.Write(t, file, string(text))
	}

	// The state of the older provider does not fit this one.
	w.Succeed(t, "state", "replace-provider", "-auto-approve", "pbobov/ssm", "ssm-provider/ssm")
	w.Run(t, "plan", "-json").One(t, "error", "Unable to Read Previously Saved State for UpgradeResourceState")
	w.Write(t, "terraform.tfstate", string(state))

	blocks := guideBlocks(t, "migrate", "Migrate from pbobov/ssm or arthurgustin/ssm")
	remove := slices.IndexFunc(blocks, func(block string) bool { return strings.HasPrefix(block, "terraform state rm ") })
	if remove < 0 {
		t.Fatalf("the guide does not remove the command from the state: %q", blocks)
	}
	w.Succeed(t, strings.Fields(blocks[remove])[1:]...)
	if out, want := w.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout, "1 imported, 0 added, 0 changed, 0 destroyed"; !strings.Contains(out, want) {
		t.Errorf("apply did not write %q: %s", want, out)
	}
	checkOutputs(t, w, map[string]any{"setup": "app is set up"})
	w.Succeed(t, "plan", "-detailed-exitcode")
	if n := fake.Count("SendCommand"); n != 0 {
		t.Errorf("SendCommand was called %d times, want 0", n)
	}
}

// TestWhenACommandIsSent checks each row of the table in the guide "Run commands from Terraform".
func TestWhenACommandIsSent(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, fakeaws.Script{
		Nodes: []fakeaws.Node{{InstanceID: node}},
		Rules: []fakeaws.Rule{
			{Parameters: map[string]string{"commands": "fail once"}, Times: 1, Steps: []fakeaws.StepResult{{ExitCode: 1, Duration: fakeaws.At(0.1)}}},
			{Parameters: map[string]string{"commands": "fail always"}, Steps: []fakeaws.StepResult{{ExitCode: 1, Duration: fakeaws.At(0.1)}}},
			{Steps: []fakeaws.StepResult{{Duration: fakeaws.At(0.1)}}},
		},
	})
	w := acctest.NewWorkspace(t, "")
	address := "ssm_command.old"
	configure := func(commands, arguments string) {
		_, name, _ := strings.Cut(address, ".")
		w.Write(t, "main.tf", fake.Provider()+"resource \"ssm_command\" \""+name+"\" {\n  document_name = \"AWS-RunShellScript\"\n  instance_ids = [\""+
			node+"\"]\n  parameters = { commands = [\""+commands+"\"] }\n"+arguments+"}\n")
	}
	do := func(arguments ...string) { w.Succeed(t, arguments...) }
	apply := func() { do("apply", "-auto-approve") }
	last := func() string {
		id := ""
		for _, r := range fake.Requests() {
			if r.Sent != "" {
				id = r.Sent
			}
		}
		return id
	}
	var base int
	failed := func(commands string) {
		configure(commands, "")
		w.Run(t, "apply", "-auto-approve", "-json").One(t, "error", "Command Failed")
		base = fake.Count("SendCommand") // The row is about what follows.
	}
	rows := []struct {
		text  string
		sends int
		run   func()
	}{
		{"`terraform apply`, and the resource is new", 1, func() { configure("true", ""); apply() }},
		{"`terraform plan`, or `terraform apply -refresh-only`", 0, func() { do("plan"); do("apply", "-refresh-only", "-auto-approve") }},
		{"`terraform apply` without a change", 0, apply},
		{"`terraform apply` after a change of `parameters`, `triggers`, or another argument that says \"Changing this sends a new command\"", 2, func() {
			configure("date", "")
			apply()
			configure("date", "  triggers = { release = \"2\" }\n")
			apply()
		}},
		{"`terraform apply` after a change of `require_success`, `store_output`, `timeouts`, or another argument that does not say so", 0, func() {
			configure("date", "  triggers = { release = \"2\" }\n  require_success = false\n  store_output = false\n  timeouts {\n    create = \"10m\"\n  }\n")
			apply()
		}},
		{"`terraform apply -replace=ADDRESS`", 1, func() { do("apply", "-auto-approve", "-replace="+address) }},
		{"`terraform apply` after a failed apply, which tainted the resource", 1, func() { failed("fail once"); apply() }},
		{"`terraform untaint ADDRESS` after a failed apply, and `terraform apply`", 0, func() { failed("fail always"); do("untaint", address); apply() }},
		{"`terraform taint ADDRESS`, and `terraform apply`", 1, func() {
			configure("true", "")
			apply()
			base = fake.Count("SendCommand")
			do("taint", address)
			apply()
		}},
		{"`terraform state mv ADDRESS NEW_ADDRESS`, and `terraform apply`", 0, func() {
			do("state", "mv", address, "ssm_command.new")
			address = "ssm_command.new"
			configure("true", "")
			apply()
		}},
		{"`terraform state rm ADDRESS`, and `terraform apply`", 1, func() { do("state", "rm", address); apply() }},
		{"`terraform import ADDRESS COMMAND_ID`, and `terraform apply`", 0, func() {
			do("state", "rm", address)
			do("import", address, last())
			apply()
		}},
		{"`terraform destroy`", 0, func() { do("destroy", "-auto-approve") }},
		{"`terraform destroy`, and `terraform apply`", 1, func() { do("destroy", "-auto-approve"); apply() }},
	}
	want := []string{"| you run | sends a command |", "|---|---|"}
	for _, row := range rows {
		answer := "no"
		if row.sends > 0 {
			answer = "yes"
		}
		want = append(want, "| "+row.text+" | "+answer+" |")
	}
	_, section, _ := strings.Cut(guideText(t, "run-commands"), "\n## When a command is sent\n")
	if got, _, _ := strings.Cut(strings.TrimSpace(section), "\n\n"); got != strings.Join(want, "\n") {
		t.Errorf("table of the guide (-want +got):\n%s", cmp.Diff(want, strings.Split(got, "\n")))
	}
	for _, row := range rows {
		base = fake.Count("SendCommand")
		row.run()
		if n := fake.Count("SendCommand") - base; n != row.sends {
			t.Errorf("%s: SendCommand was called %d times, want %d", row.text, n, row.sends)
		}
	}
}

// TestDestroyWithoutHistory checks what the guide "Run commands from Terraform" says about a data
// source whose command has expired: a destroy reads it, and fails, unless it does not refresh.
func TestDestroyWithoutHistory(t *testing.T) {
	t.Parallel()
	const command = "2d6f8a1c-5a1d-4c3e-86b4-9c7a0e2b4d6f"
	var expired atomic.Bool
	servers := map[bool]*fakeaws.Server{}
	for _, forgotten := range []bool{false, true} {
		server, err := fakeaws.New(fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: command, SentAt: -60, Forgotten: forgotten, Invocations: []fakeaws.Invocation{{InstanceID: node}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		servers[forgotten] = server
	}
	url := listen(t, func(w http.ResponseWriter, r *http.Request) { servers[expired.Load()].ServeHTTP(w, r) })
	fake := &acctest.Fake{URL: url}
	w := acctest.NewWorkspace(t, fake.Provider()+acctest.Invocation(command, node, `visibility_timeout = "1s"`))
	w.Succeed(t, "apply", "-auto-approve")
	expired.Store(true)
	w.Run(t, "destroy", "-auto-approve", "-json").One(t, "error", "Command Invocation Not Found")
	w.Succeed(t, "destroy", "-auto-approve", "-refresh=false")
}
