// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestFailuresGuide checks what the two ways to fail of the guide on failed commands print.
func TestFailuresGuide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want   []string
		output bool // Whether the error shows the output of the command.
	}{
		"command-invocation/require-success": {[]string{"Command Invocation Failed", "Exit code: 9.", "The end of standard error:"}, true},
		"command-invocation/postcondition":   {[]string{"The clean-up ended with Failed, exit code 9.", "self.response_code is 9"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := loadScript(t, name)
			step := &script.Commands[0].Invocations[0].Steps[0]
			step.Timeline = []fakeaws.Moment{{At: 1, Status: "Failed"}}
			step.ResponseCode, step.StandardError = fakeaws.Code(9), "relation is gone\n"
			r := newWorkspace(t, name, acctest.Serve(t, script).URL).Run(t, "plan", "-no-color")
			if r.Code != 1 {
				t.Errorf("plan exited with code %d, want 1", r.Code)
			}
			if strings.Contains(r.Stderr, "relation is gone") != c.output {
				t.Errorf("the error shows the output: %v, want %v: %s", !c.output, c.output, r.Stderr)
			}
			for _, text := range c.want {
				if !strings.Contains(r.Stderr, text) {
					t.Errorf("the error does not contain %q: %s", text, r.Stderr)
				}
			}
		})
	}
}

// TestJSONGuide checks that truncated output causes the error of the example's own postcondition.
func TestJSONGuide(t *testing.T) {
	t.Parallel()
	script := loadScript(t, "guides/json-output")
	script.Commands[0].Invocations[0].Steps[0].StandardOutput = `{"disks": ["` + strings.Repeat("x", 30000) + `"]}`
	r := newWorkspace(t, "guides/json-output", acctest.Serve(t, script).URL).Run(t, "plan", "-json")
	r.One(t, "error", "Resource postcondition failed")
}

// TestPermissionsGuide checks that the policies of the guide allow exactly the actions that reads require. S3
// itself checks kms:Decrypt and s3:ListBucket, so that no request shows these.
func TestPermissionsGuide(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	required := map[string]bool{"kms:Decrypt": true, "s3:ListBucket": true}
	for _, name := range []string{"command-invocation/past-history", "long-output/from-s3", "data-sources/ssm_managed_nodes"} {
		fake := acctest.Serve(t, loadScript(t, name))
		newWorkspace(t, name, fake.URL).Succeed(t, "apply", "-auto-approve") // A plan does not read what has depends_on.
		for _, r := range fake.Requests() {
			required[r.Service+":"+r.Operation] = true
		}
	}
	allowed := map[string]bool{}
	for _, name := range []string{"read.json", "complete-output.json"} {
		text, err := os.ReadFile(filepath.Join("guides", "permissions", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range regexp.MustCompile(`"(\w+:[A-Z]\w+)"`).FindAllStringSubmatch(string(text), -1) {
			allowed[action[1]] = true
		}
		if !json.Valid(text) {
			t.Errorf("%s is not JSON", name)
		}
	}
	if diff := cmp.Diff(required, allowed); diff != "" {
		t.Errorf("actions (-required +allowed):\n%s", diff)
	}
}

// TestGuidesNameTheErrors checks that the guides name every error that the provider can return and no
// other, and that the guide on failed commands explains status details as the errors do.
func TestGuidesNameTheErrors(t *testing.T) {
	t.Parallel()
	texts := func(patterns ...string) string {
		var all strings.Builder
		for _, pattern := range patterns {
			files, err := filepath.Glob(pattern)
			if err != nil || len(files) == 0 {
				t.Fatalf("%s: %v", pattern, err)
			}
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
		}
		return all.String()
	}
	sources := texts("../internal/datasource/*.go", "../internal/resource/*.go", "../internal/diagnostics/*.go", "../internal/provider/*.go", "../internal/awsclient/*.go")
	guides := texts("../templates/guides/*.tmpl")
	for _, named := range regexp.MustCompile("`([A-Z][a-z]+(?: [A-Z][a-z]+)+)`").FindAllStringSubmatch(guides+texts("../templates/resources/*.tmpl", "../templates/actions/*.tmpl", "../templates/list-resources/*.tmpl"), -1) {
		if !strings.Contains(sources, `"`+named[1]+`"`) {
			t.Errorf("a page names %s, which is not the summary of an error", named[1])
		}
	}
	errors := texts("../internal/diagnostics/*.go")
	for _, summary := range regexp.MustCompile(`"([A-Z][a-z]+(?: [A-Z][a-z]+)+)"`).FindAllStringSubmatch(errors, -1) {
		if summary[1] != "Unexpected Error" && !strings.Contains(guides, "`"+summary[1]+"`") {
			t.Errorf("no guide names the error %s", summary[1])
		}
	}
	explanations := regexp.MustCompile(`(?m)^\t"([A-Z]\w+)": +"([A-Z].*)",$`).FindAllStringSubmatch(errors, -1)
	if len(explanations) == 0 {
		t.Error("no status details have an explanation")
	}
	for _, explanation := range explanations {
		text := explanation[2]
		if !strings.HasPrefix(text, "Systems Manager") { // A name keeps its capital.
			text = strings.ToLower(text[:1]) + text[1:]
		}
		if line := "* `" + explanation[1] + "`: " + text; !strings.Contains(guides, line) {
			t.Errorf("no guide has the line: %s", line)
		}
	}
}
