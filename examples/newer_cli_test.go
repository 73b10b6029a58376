// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The CLI of the tests can be too old for actions (Terraform 1.14), for before_destroy (1.16), and
// for terraform query (1.14), and OpenTofu has none of them. The functions of this file evaluate
// such an example with HCL, and call the provider over gRPC, as Terraform does. They cannot show
// when Terraform runs an action.

// node is the node of the examples in this file.
const node = "i-0a1b2c3d4e5f60001"

// values are what the examples in this file refer to.
var values = &hcl.EvalContext{Variables: map[string]cty.Value{
	"aws_instance": cty.ObjectVal(map[string]cty.Value{"web": cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(node)})}),
	"caller":       cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(node)}),
	"var":          cty.ObjectVal(map[string]cty.Value{"command_id": cty.StringVal("5a1d7c3e-86b4-4f1f-9c7a-0e2b4d6f8a1c")}),
}}

// blockOf returns the only block of a type in an example's file.
func blockOf(t *testing.T, file, kind string) *hclsyntax.Block {
	t.Helper()
	parsed, diags := hclparse.NewParser().ParseHCLFile(filepath.FromSlash(file))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var found []*hclsyntax.Block
	for _, block := range parsed.Body.(*hclsyntax.Body).Blocks {
		if block.Type == kind {
			found = append(found, block)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d blocks %s, want 1", file, len(found), kind)
	}
	return found[0]
}

// configOf returns the block config in a block as JSON. The provider rejects a name that its schema
// does not have.
func configOf(t *testing.T, block *hclsyntax.Block) string {
	t.Helper()
	for _, inner := range block.Body.Blocks {
		if inner.Type == "config" {
			text, err := json.Marshal(decodeBody(t, inner.Body))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
	}
	t.Fatalf("%s has no block config", block.DefRange())
	return ""
}

// decodeBody evaluates the attributes of a block and of the blocks in it.
func decodeBody(t *testing.T, body *hclsyntax.Body) map[string]any {
	t.Helper()
	decoded := map[string]any{}
	for name, attribute := range body.Attributes {
		value, diags := attribute.Expr.Value(values)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		decoded[name] = ctyjson.SimpleJSONValue{Value: value}
	}
	for _, block := range body.Blocks {
		decoded[block.Type] = decodeBody(t, block.Body)
	}
	return decoded
}

// tooOld matches the summaries of the errors by which a CLI that is too old for an example rejects
// it.
var tooOld = regexp.MustCompile(`^(Unsupported block type|No events specified|Invalid "event" value before_destroy|Unsupported \w+ Core version)$`)

// checkWithCLI validates an example with the CLI. A CLI that rejects the example because it has no
// actions must accept what is left without them.
func checkWithCLI(t *testing.T, name string) {
	t.Helper()
	w := newWorkspace(t, name, "http://127.0.0.1:1")
	r := w.Run(t, "validate", "-no-color")
	if r.Code == 0 {
		return
	}
	summaries := regexp.MustCompile(`(?m)^Error: (.+)$`).FindAllStringSubmatch(r.Stderr, -1)
	for _, summary := range summaries {
		if !tooOld.MatchString(summary[1]) {
			t.Fatalf("the CLI is not too old for the example, and rejects it: %s", r.Stderr)
		}
	}
	if len(summaries) == 0 {
		t.Fatalf("the CLI failed without an error: %s", r.Stderr)
	}
	files, err := filepath.Glob(filepath.Join(w.Dir, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := hclwrite.ParseConfig(text, path, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range file.Body().Blocks() {
			switch block.Type() {
			case "action":
				file.Body().RemoveBlock(block)
			case "resource":
				for _, inner := range block.Body().Blocks() {
					if inner.Type() == "lifecycle" {
						block.Body().RemoveBlock(inner)
					}
				}
			case "terraform":
				block.Body().RemoveAttribute("required_version")
			}
		}
		w.Write(t, filepath.Base(path), string(file.Bytes()))
	}
	w.Succeed(t, "validate")
}

// protocol serves the provider with requests to a fake.
func protocol(t *testing.T, fake *acctest.Fake) *acctest.Protocol {
	t.Helper()
	return acctest.ServeProtocol(t, fmt.Sprintf(
		`{"region": "us-east-1", "access_key": "AKIAEXAMPLEEXAMPLE00", "secret_key": "example", "endpoints": [{"ssm": %q, "sts": %[1]q}]}`, fake.URL))
}

// invokeAction runs the action of an example, and returns its lines of progress. If a resource of
// the example triggers an action, it is this one.
func invokeAction(t *testing.T, name, file string) ([]string, *acctest.Fake) {
	t.Helper()
	file = name + "/" + file
	checkWithCLI(t, name)
	action := blockOf(t, file, "action")
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := "actions = [action." + strings.Join(action.Labels, ".") + "]"; strings.Contains(string(text), "action_trigger") && !strings.Contains(string(text), want) {
		t.Errorf("%s does not contain %q", file, want)
	}
	fake := acctest.Serve(t, loadScript(t, name))
	p := protocol(t, fake)
	config := configOf(t, action)
	if found := p.ValidateAction(t, action.Labels[0], config); len(found) > 0 {
		t.Fatalf("validating the action: %+v", found)
	}
	r := p.Invoke(t, action.Labels[0], config, nil)
	if !r.Completed || len(r.Diagnostics) > 0 {
		t.Fatalf("invoking the action: %+v", r)
	}
	return r.Lines, fake
}

// changing matches what differs from run to run in a line of progress: IDs, generated comments, and
// durations.
var changing = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|terraform [0-9a-f]{8}|\([0-9]+m?s\)`)

// applySetupAction runs the first example of the page of action ssm_send_command, and compares its
// progress with the transcript on that page, but for what changes from run to run and for repeated
// lines.
func applySetupAction(t *testing.T, name string, _ example) {
	lines, fake := invokeAction(t, name, "action.tf")
	if n := fake.Executions("", node); n != 1 {
		t.Errorf("%s ran the script %d times, want once", node, n)
	}
	transcript, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), "progress.txt"))
	if err != nil {
		t.Fatal(err)
	}
	const action = "action.ssm_send_command.setup (triggered by aws_instance.web)"
	var shown []string
	// An indented line of the transcript continues the line above it.
	for line := range strings.Lines(strings.ReplaceAll(string(transcript), "\n  ", " ")) {
		line = strings.TrimSuffix(line, "\n")
		message, ok := strings.CutPrefix(line, "Action "+action+": ")
		if !ok && line != "Action started: "+action && line != "Action complete: "+action {
			t.Errorf("the transcript has the line %q", line)
		}
		if ok {
			shown = append(shown, message)
		}
	}
	general := func(lines []string) []string {
		var all []string
		for _, line := range lines {
			all = append(all, changing.ReplaceAllString(line, "*"))
		}
		return slices.Compact(all)
	}
	if diff := cmp.Diff(general(lines), general(shown)); diff != "" {
		t.Errorf("progress (-provider +transcript):\n%s", diff)
	}
}

// applyDrainAction runs the action that Terraform runs before it destroys an instance.
func applyDrainAction(t *testing.T, name string, _ example) {
	_, fake := invokeAction(t, name, "main.tf")
	if n := fake.Executions("", node); n != 1 {
		t.Errorf("%s ran the script %d times, want once", node, n)
	}
}

// applyCancelAction runs the action that cancels a command.
func applyCancelAction(t *testing.T, name string, _ example) {
	lines, fake := invokeAction(t, name, "action.tf")
	if n := fake.Count("CancelCommand"); n != 1 {
		t.Errorf("CancelCommand was called %d times, want once", n)
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, "is complete as Cancelled") {
		t.Errorf("last line: %q", last)
	}
}

// applyQuery runs the query of an example, and imports the command that the query finds.
func applyQuery(t *testing.T, name string, e example) {
	file := name + "/list-resource.tfquery.hcl"
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	if string(hclwrite.Format(text)) != string(text) {
		t.Errorf("%s is not formatted", file)
	}
	list := blockOf(t, file, "list")
	arguments := slices.Sorted(maps.Keys(list.Body.Attributes))
	if diff := cmp.Diff([]string{"limit", "provider"}, arguments); diff != "" {
		t.Errorf("arguments of the list (-want +got):\n%s", diff)
	}
	fake := acctest.Serve(t, loadScript(t, name))
	found := protocol(t, fake).List(t, list.Labels[0], configOf(t, list), 20, false)
	if len(found) != 1 || len(found[0].Diagnostics) > 0 {
		t.Fatalf("the query found %+v, want one command", found)
	}
	imported, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), "import.tf"))
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`id = "([^@]+)@us-east-1"`).FindSubmatch(imported)
	if id == nil || !strings.Contains(found[0].Identity.String(), string(id[1])) {
		t.Errorf("the query found %s, and the example imports %q", found[0].Identity, id)
	}

	w := newWorkspace(t, name, fake.URL)
	if out, want := w.Succeed(t, "apply", "-no-color", "-auto-approve").Stdout, "1 imported, 0 added, 0 changed, 0 destroyed"; !strings.Contains(out, want) {
		t.Errorf("apply did not write %q: %s", want, out)
	}
	checkOutputs(t, w, e.outputs)
	w.Succeed(t, "plan", "-detailed-exitcode")
	if n := fake.Count("SendCommand"); n != 0 {
		t.Errorf("SendCommand was called %d times, want 0", n)
	}
}

// TestActionSecret checks what the page of action ssm_send_command says about a secret that arrives
// as null: the action sends nothing.
func TestActionSecret(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, fakeaws.Script{Nodes: []fakeaws.Node{{InstanceID: node}}})
	r := protocol(t, fake).Invoke(t, "ssm_send_command",
		`{"document_name": "AWS-RunShellScript", "instance_ids": ["`+node+`"], "parameters_wo": null, "parameters_wo_version": 1}`, nil)
	if len(r.Diagnostics) != 1 || r.Diagnostics[0].Summary != "Secret Missing" || fake.Count("") > 0 {
		t.Errorf("result after %d requests: %+v, want the error Secret Missing without a request", fake.Count(""), r)
	}
}
