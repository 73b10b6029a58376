// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// applyWorkflow runs the commands of the workflow of an example in their order, except `terraform
// init`, which installs the provider from a registry: the plan of a pull request, which sends
// nothing, and then the jobs of the branch, which send the command once.
func applyWorkflow(t *testing.T, name string, _ example) {
	workflow, err := os.ReadFile(filepath.Join(filepath.FromSlash(name), "workflow.yml"))
	if err != nil {
		t.Fatal(err)
	}
	fake := acctest.Serve(t, loadScript(t, name))
	path := programs(t, map[string]string{"terraform": "#!/bin/sh\nexec \"$CLI\" \"$@\"\n"})
	w := newWorkspace(t, name, fake.URL, path, "CLI="+os.Getenv("TF_ACC_TERRAFORM_PATH"), "AWS_REGION=us-east-1", "AWS_SESSION_TOKEN=example")
	var ran []string
	for _, run := range regexp.MustCompile(`(?m)^      - run: (.+)$`).FindAllStringSubmatch(string(workflow), -1) {
		if run[1] == "terraform init" {
			continue
		}
		cmd := w.Command(context.Background())
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-euc", run[1]}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", run[1], err, out)
		}
		ran = append(ran, fmt.Sprintf("%s: %d sent", run[1], fake.Count("SendCommand")))
	}
	want := []string{
		"exec terraform plan -lock=false: 0 sent",
		"exec terraform plan -out=tfplan: 0 sent",
		"exec terraform apply tfplan: 1 sent",
	}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("commands of the workflow (-want +got):\n%s", diff)
	}
}

// applyWithDynamicCredentials applies an example with what HCP Terraform sets in a run: a variable
// with the paths of configuration files, each of which names a role and a file with a token.
func applyWithDynamicCredentials(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, name))
	dir := t.TempDir()
	roles := map[string]string{"default": "arn:aws:iam::123456789012:role/staging", "prod": "arn:aws:iam::210987654321:role/prod"}
	for profile, role := range roles {
		token := filepath.Join(dir, profile+".token")
		config := "[default]\nrole_arn = " + role + "\nweb_identity_token_file = " + token + "\n"
		for file, text := range map[string]string{token: "token", filepath.Join(dir, profile+".conf"): config} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	variable := strings.ReplaceAll(`TF_VAR_tfc_aws_dynamic_credentials={"default": {"shared_config_file": "DIR/default.conf"}, "aliases": {"PROD": {"shared_config_file": "DIR/prod.conf"}}}`, "DIR", dir)
	w := newWorkspace(t, name, fake.URL, variable, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	w.Succeed(t, "apply", "-auto-approve")
	checkOutputs(t, w, e.outputs)
	signed := map[string]bool{}
	for _, r := range fake.Requests() {
		if r.Operation == "ListCommands" {
			signed[r.AccessKeyID] = true
		}
	}
	want := map[string]bool{fakeaws.AccessKeyFor(roles["default"]): true, fakeaws.AccessKeyFor(roles["prod"]): true}
	if diff := cmp.Diff(want, signed); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
