// SPDX-License-Identifier: MPL-2.0

// Package examples_test runs every example with the real CLI, the provider, and the fake of the
// API, and compares the blocks in the README, the index page, and the guides with the examples.
package examples_test

import (
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// example is what a directory with a configuration results in.
type example struct {
	// outputs are the output values after apply.
	outputs map[string]any
	// warnings are the details of the warnings that apply shows.
	warnings []string
	// sends is how many commands apply sends. A second apply sends none.
	sends int
	// run replaces [apply] for an example that needs more than a fake with its script.
	run func(*testing.T, string, example)
}

var examples = map[string]example{
	// The CLI of the tests is too old for actions: see newer_cli_test.go.
	"actions/before-destroy":     {run: applyDrainAction},
	"actions/ssm_cancel_command": {run: applyCancelAction},
	"actions/ssm_send_command":   {run: applySetupAction},

	"ci/github-actions": {run: applyWorkflow},
	"ci/hcp-terraform": {run: applyWithDynamicCredentials, outputs: map[string]any{
		"commands": map[string]any{"staging": 1., "prod": 1.},
	}},

	"command-invocation/check": {warnings: []string{"The backup failed: Failed."}, outputs: map[string]any{}},
	"command-invocation/every-node": {outputs: map[string]any{
		"kernels":   map[string]any{"web-1": "6.12.44", "web-2": "6.12.44", "web-3": "6.1.0"},
		"failed_on": []any{},
	}},
	"command-invocation/module-test":     {outputs: map[string]any{"version": "4.2.0"}},
	"command-invocation/other-region":    {outputs: map[string]any{"uptime": " 10:12:01 up 41 days\n"}},
	"command-invocation/past-history":    {outputs: map[string]any{"setup": "no longer known"}},
	"command-invocation/postcondition":   {outputs: map[string]any{"something_was_cleaned": false}},
	"command-invocation/require-success": {outputs: map[string]any{"migration": "3 migrations applied\n"}},
	"command-invocation/several-steps": {outputs: map[string]any{"steps": map[string]any{
		"installPackage": map[string]any{"status": "Success", "output": "installed app 4.2.0\n"},
		"runTests":       map[string]any{"status": "Success", "output": "12 tests, all well\n"},
	}}},

	"data-sources/ssm_command": {outputs: map[string]any{"deploy": map[string]any{"status": "Failed", "nodes": 2., "failures": 1.}}},
	"data-sources/ssm_command_invocation": {outputs: map[string]any{"migration": map[string]any{
		"status": "Success", "code": 0., "output": "3 migrations applied\n", "errors": "",
	}}},
	"data-sources/ssm_command_invocations": {outputs: map[string]any{"uptime": map[string]any{
		"i-0a1b2c3d4e5f60001": map[string]any{"status": "Success", "output": " 10:12:01 up 41 days\n"},
		"i-0a1b2c3d4e5f60002": map[string]any{"status": "Success", "output": " 10:12:01 up 3 days\n"},
	}}},
	"data-sources/ssm_commands": {outputs: map[string]any{"patching": []any{"Success", "Failed"}}},
	"data-sources/ssm_managed_nodes": {outputs: map[string]any{"web": map[string]any{
		"i-0a1b2c3d4e5f60001": "Linux", "i-0a1b2c3d4e5f60002": "Linux",
	}}},

	"demo": {run: applyDemo, outputs: map[string]any{
		"deploy": map[string]any{
			"web-1": map[string]any{
				"status": "Success", "response_code": 0.,
				"standard_output_content": "fetching app-4.2.0.tar.gz\nrestarting app.service\napp 4.2.0 is up\n", "standard_error_content": "",
			},
			"web-2": map[string]any{
				"status": "Failed", "response_code": 7.,
				"standard_output_content": "fetching app-4.2.0.tar.gz\n",
				"standard_error_content":  "tar: app-4.2.0.tar.gz: Cannot write: No space left on device\nfailed to run commands: exit status 7",
			},
		},
		"failed": "1 of 2 nodes",
	}},
	"demo/read": {run: applyDemoRead, outputs: map[string]any{
		"standard_output_content": "fetching app-4.2.0.tar.gz\nrestarting app.service\napp 4.2.0 is up\n",
	}},

	"ephemeral-resources/ssm_command_invocation": {run: applyWriteOnlyArgument},

	"fleet/by-comment":   {outputs: map[string]any{"deploy": "Success"}},
	"fleet/check":        {warnings: []string{"The restart failed on i-0a1b2c3d4e5f60002"}, outputs: map[string]any{}},
	"fleet/full-output":  {outputs: map[string]any{"packages": map[string]any{"i-0a1b2c3d4e5f60001": 200., "i-0a1b2c3d4e5f60002": 1.}}},
	"fleet/nodes-by-tag": {outputs: map[string]any{"web": []any{"i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"}}},
	"fleet/outputs-by-node": {outputs: map[string]any{"kernels": map[string]any{
		"i-0a1b2c3d4e5f60001": "6.12.44", "i-0a1b2c3d4e5f60002": "6.12.44", "i-0a1b2c3d4e5f60003": "6.1.0",
	}}},
	"fleet/latest-patch-run": {outputs: map[string]any{"patching": map[string]any{
		"status": "Success", "steps": map[string]any{"PatchWindows": "Success", "PatchLinux": "Success"},
	}}},
	"fleet/send-and-find": {run: applyAndSend, outputs: map[string]any{"deploy": map[string]any{"status": "Success", "nodes": 2.}}},

	"functions/base64": {run: applyCommands("TF_VAR_format={{.Names}}", "docker", "ps", "--format", "{{.Names}}")},
	"functions/powershell_quote": {run: applyCommands("TF_VAR_release=it's; whoami", ""), outputs: map[string]any{"commands": []any{
		"$ErrorActionPreference = 'Stop'", "Set-Content -LiteralPath C:/app/release.txt -Value 'it''s; whoami'",
	}}},
	"functions/shell_quote": {run: applyCommands("TF_VAR_branch=it's\n$(id); id #", "deploy", "--branch", "it's\n$(id); id #")},

	"guides/keep-a-value":   {run: applyBeforeAndAfterExpiry},
	"guides/timeouts":       {outputs: map[string]any{"backup": "Success", "reindex": "InProgress"}},
	"guides/sent-by-others": {outputs: map[string]any{"inventory": "42 packages"}},
	"guides/several-accounts": {run: applyInSeveralAccounts, outputs: map[string]any{"versions": map[string]any{
		"staging": "4.3.0-rc1", "us-east-1": "4.2.0", "eu-central-1": "4.1.9",
	}}},

	"install/another-name": {sends: 1, outputs: map[string]any{}},

	// The CLI of the tests is too old for the query, and runs the import.
	"list-resources/ssm_command": {run: applyQuery, outputs: map[string]any{"errors": "app.service failed to start\n"}},

	"long-output/from-s3": {outputs: map[string]any{"packages": 600.}},

	"migrate/association/after":     {sends: 1, outputs: map[string]any{}},
	"migrate/association/before":    {run: validateWith(func() *double { return &newAWSDouble().double })},
	"migrate/external/after":        {sends: 1, outputs: map[string]any{"version": "4.2.0"}},
	"migrate/external/before":       {run: applyExternal},
	"migrate/local-exec/after":      {sends: 1, outputs: map[string]any{}},
	"migrate/local-exec/before":     {run: applyLocalExec},
	"migrate/older-provider/after":  {run: applyMigration},
	"migrate/older-provider/before": {run: validateWith(func() *double { return olderDouble("") })},

	"provider": {run: applyAsShown, outputs: map[string]any{"hello": "hello from web-1\n"}},

	"resources/ssm_command": {sends: 1, outputs: map[string]any{"migration": "3 migrations applied"}},

	"results/base64": {sends: 1, outputs: map[string]any{"users": []any{"Müller", "Łukasz"}}},
	"results/exit-codes": {sends: 1, outputs: map[string]any{"migrations": map[string]any{
		"i-0a1b2c3d4e5f60001": "changed", "i-0a1b2c3d4e5f60002": "nothing to do",
		"i-0a1b2c3d4e5f60003": "none: Undeliverable", "i-0a1b2c3d4e5f60004": "failed with exit code 1",
	}}},
	"results/in-batches": {sends: 1, outputs: map[string]any{"failed": map[string]any{
		"i-0a1b2c3d4e5f60002": "Failed",
	}}},
	"results/json":               {sends: 1, outputs: map[string]any{"disks": []any{"nvme0n1", "nvme1n1"}}},
	"results/output-from-s3":     {sends: 1, outputs: map[string]any{"packages": 600.}},
	"results/secret-on-the-node": {sends: 1, outputs: map[string]any{}},
	"results/sensitive-output":   {sends: 1, outputs: map[string]any{"password": "correct-horse-battery"}},

	"secrets/from-a-command": {run: applyCommandWithSecretOutput},
	"secrets/sensitive":      {outputs: map[string]any{"password": "correct-horse-battery"}},
	"secrets/to-a-program":   {run: applyWithProgram},
	"secrets/to-a-provider":  {outputs: map[string]any{"kernel": "6.12.44"}},

	"send/by-tag": {sends: 1, outputs: map[string]any{"versions": map[string]any{
		"i-0a1b2c3d4e5f60001": "4.2.0", "mi-0a1b2c3d4e5f60002": "4.1.9",
	}}},
	"send/import":            {run: applyImport},
	"send/module-test":       {run: applyModule, sends: 1, outputs: map[string]any{"version": "4.2.0"}},
	"send/node-by-node":      {run: applyAndAddNode},
	"send/on-change":         {run: applyAndChange},
	"send/secrets":           {run: applySecretParameter},
	"send/tolerated-failure": {sends: 1, warnings: []string{"The clean-up removed nothing."}, outputs: map[string]any{}},

	"start/before-destroy": {run: applyDestroyProvisioner},
	"start/first-command":  {run: applyFirstCommand, outputs: map[string]any{"hello": "hello from ip-10-0-1-17.ec2.internal"}},
	"start/in-order":       {run: applyInOrder},
	"start/new-instance":   {run: applyNewInstance},
	"start/node":           {run: applyNode, outputs: map[string]any{"instance_id": node}},
	"start/outside-ec2":    {sends: 1, outputs: map[string]any{"hotfixes": []any{"KB5031364", "KB5032198"}}},
	"start/script-file":    {sends: 1, outputs: map[string]any{"setup": "app 4.2.0 is installed"}},
}

// TestExamples applies each directory that has a configuration, and runs its tests if it has any. A
// directory that is not in the table fails, and so does an entry of the table without a directory.
func TestExamples(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		found[filepath.ToSlash(filepath.Dir(path))] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range examples {
		if !found[name] {
			t.Errorf("the table has %s, which has no configuration", name)
		}
	}
	for name := range needs {
		if !found[name] {
			t.Errorf("needs has %s, which has no configuration", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, ok := examples[name]
			if !ok {
				t.Fatalf("the table does not have %s", name)
			}
			if feature, ok := needs[name]; ok {
				acctest.Needs(t, feature)
			}
			if e.run == nil {
				e.run = apply
			}
			e.run(t, name, e)
		})
	}
}

// apply applies an example with a fake that plays the example's script, and runs its tests.
func apply(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL, "TF_VAR_endpoint="+fake.URL)

	if e.sends == 0 {
		createNodes(t, name, w)
	}
	w.Succeed(t, "plan")
	var warnings []string
	for _, d := range w.Succeed(t, "apply", "-auto-approve", "-json").Diagnostics(t) {
		warnings = append(warnings, d.Detail)
	}
	if diff := cmp.Diff(e.warnings, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	checkOutputs(t, w, e.outputs)
	if fake.Count("") == 0 {
		t.Error("the fake received no request")
	}
	checkSends(t, fake, w, e.sends)

	tests, err := filepath.Glob(filepath.Join(name, "tests", "*.tftest.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) > 0 {
		if out := w.Succeed(t, "test", "-no-color").Stdout; !strings.Contains(out, "Success! ") || strings.Contains(out, " 0 passed") {
			t.Errorf("terraform test wrote: %s", out)
		}
	}
}

// sendCommand replaces the AWS CLI in fleet/send-and-find: it writes the comment of the command to
// $SENT_COMMENT, and sends nothing.
const sendCommand = `#!/bin/sh
while [ $# -gt 0 ]; do
	if [ "$1" = --comment ]; then
		printf %s "$2" >"$SENT_COMMENT.new" && mv "$SENT_COMMENT.new" "$SENT_COMMENT"
		exit
	fi
	shift
done
echo 'aws: --comment is missing' >&2
exit 2
`

// applyAndSend applies an example that sends a command with the AWS CLI and finds it by its
// comment. The fake has the command, with that comment, from the first request on.
func applyAndSend(t *testing.T, name string, e example) {
	comment := filepath.Join(t.TempDir(), "comment")
	script := loadScript(t, name)
	server := sync.OnceValue(func() http.Handler {
		text, err := os.ReadFile(comment)
		if err != nil {
			t.Error("the provider sent a request before the command was sent")
		}
		script.Commands[0].Comment = string(text)
		server, err := fakeaws.New(script)
		if err != nil {
			t.Error(err)
			return http.NotFoundHandler()
		}
		return server
	})
	url := listen(t, func(w http.ResponseWriter, r *http.Request) { server().ServeHTTP(w, r) })
	w := newWorkspace(t, name, url, programs(t, map[string]string{"aws": sendCommand}), "SENT_COMMENT="+comment)

	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	w.Succeed(t, "plan", "-detailed-exitcode") // The command is found again, and not sent again.
}

// applyCommands returns a run of an example with a function: it applies the example with a
// variable, and runs the output commands as the agent does. The program must get exactly these
// arguments. Without a program, it compares the outputs, because the commands are for PowerShell.
func applyCommands(variable, program string, arguments ...string) func(*testing.T, string, example) {
	return func(t *testing.T, name string, e example) {
		fake := acctest.Serve(t, fakeaws.Script{})
		w := newWorkspace(t, name, fake.URL, variable)
		w.Succeed(t, "apply", "-auto-approve")
		if fake.Count("") > 0 {
			t.Error("the provider sent a request")
		}
		if program == "" {
			checkOutputs(t, w, e.outputs)
			return
		}
		var script strings.Builder
		for _, command := range w.Outputs(t)["commands"].([]any) {
			script.WriteString(command.(string) + "\n")
		}
		path := programs(t, map[string]string{program: "#!/bin/sh\nprintf '<%s>' \"$@\"\n", "script.sh": script.String()})
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "script.sh")
		cmd.Env = []string{path}
		output, err := cmd.CombinedOutput()
		if want := "<" + strings.Join(arguments, "><") + ">"; err != nil || string(output) != want {
			t.Errorf("the commands wrote %q, want %q: %v", output, want, err)
		}
	}
}

// applyWithProgram applies an example that passes a token to a program.
func applyWithProgram(t *testing.T, name string, _ example) {
	const token = "K10c3f1.for-a-program"
	w := newWorkspace(t, name, acctest.Serve(t, loadScript(t, name)).URL)
	r := w.Succeed(t, "apply", "-auto-approve", "-no-color")
	if joined, err := os.ReadFile(filepath.Join(w.Dir, "joined")); err != nil || !strings.HasSuffix(string(joined), " 21\n") { // The length of the token.
		t.Errorf("the program wrote %q: %v", joined, err)
	}
	if strings.Contains(r.Stdout+r.Stderr, token) {
		t.Errorf("the output of apply contains the token: %s", r.Stdout)
	}
	checkNotInState(t, w, token)
	w.Succeed(t, "plan", "-detailed-exitcode")
}

// applyWriteOnlyArgument applies an example that passes a token to a write-only argument of
// provider aws. An [awsDouble] replaces that provider: its resource has the arguments of the real
// one. The test covers what Terraform passes on, and not what AWS does with it.
func applyWriteOnlyArgument(t *testing.T, name string, _ example) {
	aws := newAWSDouble()
	w := newWorkspace(t, name, acctest.Serve(t, loadScript(t, name)).URL, aws.serve(t))
	const first, second = "-var=command_id=3c0e5b7a-1f24-4a68-9d3b-7e2f80a1b4c5", "-var=command_id=4d1f6c8b-2035-4b79-8e4c-8f3091b2c5d6"
	w.Succeed(t, "apply", "-auto-approve", first)
	w.Succeed(t, "plan", "-detailed-exitcode", first) // The token is read again, and not written again.
	w.Succeed(t, "apply", "-auto-approve", second)
	checkNotInState(t, w, "K10c3f1")
	w.Succeed(t, "destroy", "-auto-approve", second)
	want := []parameter{
		{Name: "/cluster/join-token", Type: "SecureString", Value: "K10c3f1.first", Version: 0x3c0e5b7},
		{Name: "/cluster/join-token", Type: "SecureString", Value: "K10c3f1.second", Version: 0x4d1f6c8},
	}
	if diff := cmp.Diff(want, aws.written); diff != "" {
		t.Errorf("parameters written (-want +got):\n%s", diff)
	}
}

// applyBeforeAndAfterExpiry applies an example while its command exists, after the command has
// expired, and with another command.
func applyBeforeAndAfterExpiry(t *testing.T, name string, _ example) {
	var current atomic.Pointer[fakeaws.Server]
	play := func(script fakeaws.Script) {
		server, err := fakeaws.New(script)
		if err != nil {
			t.Fatal(err)
		}
		current.Store(server)
	}
	w := newWorkspace(t, name, listen(t, func(w http.ResponseWriter, r *http.Request) { current.Load().ServeHTTP(w, r) }))
	// An override saves the test the visibility timeout of 30 seconds.
	w.Write(t, "override.tf", "data \"ssm_command_invocation\" \"registration\" {\n  visibility_timeout = \"1s\"\n}\n")

	script := loadScript(t, name)
	play(script)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, map[string]any{"registration": "node-4711"})

	script.Commands[0].Forgotten = true
	play(script)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, map[string]any{"registration": "node-4711"})
	w.Succeed(t, "plan", "-detailed-exitcode")

	w.Succeed(t, "apply", "-auto-approve", "-var=command_id="+script.Commands[1].CommandID)
	checkOutputs(t, w, map[string]any{"registration": "node-4712"})
}

// applyInSeveralAccounts applies an example with two provider blocks, and checks the keys and the
// Regions of the requests.
func applyInSeveralAccounts(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	type signature struct{ key, region string }
	signed := map[signature]int{}
	for _, r := range fake.Requests() {
		if r.Operation == "GetCommandInvocation" {
			signed[signature{r.AccessKeyID, r.Region}]++
		}
	}
	staging := fakeaws.AccessKeyFor("arn:aws:iam::111111111111:role/run-command-reader")
	production := fakeaws.AccessKeyFor("arn:aws:iam::222222222222:role/run-command-reader")
	want := map[signature]int{{staging, "us-east-1"}: 1, {production, "us-east-1"}: 1, {production, "eu-central-1"}: 1}
	if diff := cmp.Diff(want, signed, cmp.AllowUnexported(signature{})); diff != "" {
		t.Errorf("reads by key and Region (-want +got):\n%s", diff)
	}
}
