// SPDX-License-Identifier: MPL-2.0

package function_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// calls is a configuration that calls both functions with an expression.
func calls(expression string, arguments ...string) string {
	var config strings.Builder
	config.WriteString(acctest.Source)
	for name := range both {
		config.WriteString(acctest.Block("output", name, append([]string{"value = provider::ssm::" + name + "(" + expression + ")"}, arguments...)...))
	}
	return config.String()
}

// Terraform passes the value and the result on as they are. The functions need neither a provider
// block nor credentials.
func TestValueThroughCLI(t *testing.T) {
	acctest.Needs(t, acctest.ProviderFunctions)
	w := acctest.NewWorkspace(t, acctest.Source+`
variable "values" { type = list(string) }
output "shell" { value = [for v in var.values : provider::ssm::shell_quote(v)] }
output "powershell" { value = [for v in var.values : provider::ssm::powershell_quote(v)] }
`)
	variables, err := json.Marshal(map[string][]string{"values": values})
	if err != nil {
		t.Fatal(err)
	}
	w.Write(t, "terraform.tfvars.json", string(variables))
	var shell, powershell []any
	for _, value := range values {
		inShell, err := call(t, both["shell_quote"], value)
		if err != nil {
			t.Fatal(err)
		}
		inPowerShell, err := call(t, both["powershell_quote"], value)
		if err != nil {
			t.Fatal(err)
		}
		shell, powershell = append(shell, inShell), append(powershell, inPowerShell)
	}
	w.Succeed(t, "apply", "-auto-approve")
	if diff := cmp.Diff(map[string]any{"shell": shell, "powershell": powershell}, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	w.Succeed(t, "plan", "-detailed-exitcode")
}

// A value that is known is checked by validate.
func TestRefusedByValidate(t *testing.T) {
	acctest.Needs(t, acctest.ProviderFunctions)
	for expression, words := range map[string]string{
		`"{{ssm:/app/password}}"`: "two opening braces",
		`"a\u0000b"`:              "NUL character",
		`null`:                    "null",
	} {
		found := acctest.NewWorkspace(t, calls(expression)).Validate(t)
		if len(found) != len(both) {
			t.Fatalf("%s: %+v, want an error of each function", expression, found)
		}
		for _, d := range found {
			if d.Severity != "error" {
				t.Errorf("%s: %+v", expression, d)
			}
			d.Contains(t, words)
		}
	}
}

// A value is checked when it becomes known, and a secret one appears nowhere.
func TestRefusedSecret(t *testing.T) {
	acctest.Needs(t, acctest.ProviderFunctions)
	const secret = "hunter2"
	for expression, words := range map[string]string{
		"var.password": "two opening braces",
		"replace(var.password, \"{\", \"\\u0000\")": "NUL character",
	} {
		config := "variable \"password\" {\n  type = string\n  sensitive = true\n}\n" + calls(expression, "sensitive = true")
		w := acctest.NewWorkspace(t, config, "TF_VAR_password="+secret+"{{ssm:x}}"+secret, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
		r := w.Run(t, "plan", "-no-color")
		if r.Code != 1 || !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(r.Stderr, "│", "")), " "), words) {
			t.Errorf("%s: exit code %d: %s%s", expression, r.Code, r.Stdout, r.Stderr)
		}
		if strings.Contains(r.Stdout+r.Stderr, secret) {
			t.Errorf("%s: the secret is in %s%s", expression, r.Stdout, r.Stderr)
		}
		log, err := os.ReadFile(filepath.Join(w.Dir, "trace.log"))
		if err != nil || !strings.Contains(string(log), "CallFunction") || strings.Contains(string(log), secret) {
			t.Errorf("%s: the log has %d bytes, none about a call or some with the secret: %v", expression, len(log), err)
		}
	}
}

// The result of a sensitive value is sensitive.
func TestSensitiveResult(t *testing.T) {
	acctest.Needs(t, acctest.ProviderFunctions)
	found := acctest.NewWorkspace(t, calls(`sensitive("hunter2")`)).Validate(t)
	if len(found) != len(both) {
		t.Fatalf("%+v, want an error for each output", found)
	}
	for _, d := range found {
		if d.Summary != "Output refers to sensitive values" {
			t.Errorf("%+v", d)
		}
	}
}

// The result of a value that is known only after apply is unknown, and not an error.
func TestUnknownValue(t *testing.T) {
	acctest.Needs(t, acctest.ProviderFunctions)
	w := acctest.NewWorkspace(t, calls("terraform_data.this.output")+"resource \"terraform_data\" \"this\" {\n  input = \"it's\"\n}\n")
	w.Succeed(t, "plan")
	w.Succeed(t, "apply", "-auto-approve")
	want := map[string]any{"shell_quote": `'it'\''s'`, "powershell_quote": `'it''s'`}
	if diff := cmp.Diff(want, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}
