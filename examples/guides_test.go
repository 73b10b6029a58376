// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
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
			w := newWorkspace(t, name, acctest.Serve(t, script).URL)
			createNodes(t, name, w)
			r := w.Run(t, "plan", "-no-color")
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

// TestPermissionsGuide checks that the policies of the guide allow exactly the actions that reads
// require. S3 itself checks kms:Decrypt and s3:ListBucket, so that no request shows these.
func TestPermissionsGuide(t *testing.T) {
	t.Parallel()
	required := map[string]bool{"kms:Decrypt": true, "s3:ListBucket": true}
	for _, name := range []string{"command-invocation/past-history", "long-output/from-s3", "data-sources/ssm_managed_nodes"} {
		fake := acctest.Serve(t, loadScript(t, name))
		newWorkspace(t, name, fake.URL).Succeed(t, "apply", "-auto-approve")
		for _, r := range fake.Requests() {
			required[r.Service+":"+r.Operation] = true
		}
	}
	allowed := map[string]bool{}
	for _, name := range []string{"read.json", "complete-output.json"} {
		for _, action := range policyActions(t, name) {
			allowed[action] = true
		}
	}
	if diff := cmp.Diff(required, allowed); diff != "" {
		t.Errorf("actions (-required +allowed):\n%s", diff)
	}
}

// policyActions returns the actions in a policy of the guide on permissions.
func policyActions(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("guides", "permissions", name))
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Errorf("%s is not JSON", name)
	}
	var actions []string
	for _, action := range regexp.MustCompile(`"(\w+:[A-Z]\w+)"[^:]`).FindAllStringSubmatch(string(text), -1) {
		actions = append(actions, action[1])
	}
	return actions
}

// TestPermissionsGuideNamesTheActions checks that the guide on permissions shows each of its
// policies, and names in its tables and lists every action of the provider that calls Systems
// Manager, and no other.
func TestPermissionsGuideNamesTheActions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../templates/guides/permissions.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	policies, err := filepath.Glob("guides/permissions/*.json")
	if err != nil || len(policies) == 0 {
		t.Fatal(err)
	}
	for _, policy := range policies {
		if include := `{{ codefile "json" "examples/` + filepath.ToSlash(policy) + `" }}`; !strings.Contains(string(text), include) {
			t.Errorf("the guide does not contain: %s", include)
		}
	}
	if diff := cmp.Diff([]string{"iam:PassRole"}, policyActions(t, "notify.json")); diff != "" {
		t.Errorf("actions of notify.json (-want +got):\n%s", diff)
	}

	called := map[string]bool{}
	for method := range reflect.TypeFor[runcommand.API]().Methods() {
		called["ssm:"+method.Name] = true
	}
	named := map[string]bool{}
	for _, action := range regexp.MustCompile("`(ssm:[A-Z]\\w+)`").FindAllStringSubmatch(string(text), -1) {
		named[action[1]] = true
	}
	if diff := cmp.Diff(called, named); diff != "" {
		t.Errorf("actions (-code +guide):\n%s", diff)
	}
}

// TestGuidesNameTheErrors checks that the guide on troubleshooting has a section for every summary
// of the provider's errors and warnings, and for no other, that those in its section Warnings are
// shown as warnings only, that no other page names a summary that does not exist, and that the
// guides explain status details as the errors do.
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
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
		}
		return all.String()
	}
	known := summaries(t)
	documented := map[string]kind{}
	section := ""
	for line := range strings.Lines(texts("../templates/guides/troubleshooting.md.tmpl")) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		summary, ok := strings.CutPrefix(line, "### ")
		if !ok {
			continue
		}
		if _, twice := documented[summary]; twice {
			t.Errorf("the guide has two sections %s", summary)
		}
		documented[summary] = isWarning
		if section != "Warnings" {
			documented[summary] = isError | known[summary]&isWarning
		}
	}
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("summaries; 1 is an error, 2 a warning, 3 both (-code +guide):\n%s", diff)
	}

	guides := texts("../templates/guides/*.tmpl")
	pages := guides + texts("../README.md", "../templates/*.tmpl", "../templates/*/*.tmpl")
	for _, named := range regexp.MustCompile("`([A-Z][a-z]+(?: [A-Z][a-z]+)+)`").FindAllStringSubmatch(pages, -1) {
		if known[named[1]] == 0 {
			t.Errorf("a page names %s, which is not the summary of an error", named[1])
		}
	}
	explanations := regexp.MustCompile(`(?m)^\t"([A-Z]\w+)": +"([A-Z].*)",$`).FindAllStringSubmatch(texts("../internal/diagnostics/read_not_successful.go"), -1)
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

// TestTimeoutsGuide checks the defaults and limits in the tables of the guide on timeouts against
// the constants that they are.
func TestTimeoutsGuide(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../templates/guides/timeouts-and-polling.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	for _, c := range []struct{ file, constant, said string }{
		{"framework/operation.go", "DefaultTimeout = time.Hour", "| `timeouts.read` | the whole read | `1h` |"},
		{"framework/operation.go", "DefaultNodesTimeout = 5 * time.Minute", "| `1h`; with `minimum`, `5m` |"},
		{"framework/operation.go", "DefaultVisibility = 30 * time.Second", "| `30s`, or the limit of the read if that is shorter |"},
		{"model/send_arguments.go", "defaultNodeReadyTimeout = 5 * time.Minute", "| the wait until nodes are registered | `5m` |"},
		{"resource/command_delete.go", "defaultDeleteTimeout = 5 * time.Minute", "| the wait after a cancellation | `5m` |"},
		{"action/cancel_command.go", "defaultCancelTimeout = 5 * time.Minute", "| the whole cancellation | `5m` |"},
		{"runcommand/run.go", "expiredGrace = 2 * time.Minute", "| until 2 minutes after `expires_after`, at most 6 hours |"},
		{"runcommand/run.go", "longestRun = 6 * time.Hour", "| until 2 minutes after `expires_after`, at most 6 hours |"},
		{"runcommand/send.go", "sendLimit = 30 * time.Second", "| 30 seconds, then 1 minute |"},
		{"runcommand/search.go", "searchLimit = time.Minute", "| 30 seconds, then 1 minute |"},
		{"resource/command_read.go", "readLimit = 2 * time.Minute", "| 2 minutes, then a warning |"},
		{"awsclient/clients.go", "fetchLimit = time.Minute", "| 1 minute |"},
		{"awscall/call.go", "silenceLimit = 30 * time.Second", "| 30 seconds without data |"},
		{"awscall/call.go", "reachLimit = time.Minute", "| AWS never responds | after 1 minute |"},
		{"runcommand/steps.go", "stepGrace = 30 * time.Second", "30 seconds after the invocation is complete"},
		{"runcommand/existence.go", "firstLookup = 5 * time.Second", "after 5 seconds, at the"},
		{"runcommand/existence.go", "lookupEvery = time.Minute", "once a minute"},
		{"runcommand/nodes.go", "listNodesEvery = 30 * time.Second", "otherwise every 30 seconds"},
		{"poll/schedule.go", "shortestPause = time.Second", "| up to 5 seconds | 1 second |"},
		{"poll/schedule.go", "longestPause = 10 * time.Second", "| 50 seconds and more | 10 seconds |"},
		{"poll/schedule.go", "pauseShare = 5", "| 30 seconds | 6 seconds |"},
		{"poll/schedule.go", "pauseSpread = 0.1", "up to 10% shorter"},
	} {
		source, err := os.ReadFile(filepath.Join("..", "internal", filepath.FromSlash(c.file)))
		if err != nil {
			t.Fatal(err)
		}
		constant := strings.ReplaceAll(regexp.QuoteMeta(c.constant), " = ", " += ")
		if !regexp.MustCompile(`(?m)^(?:const |\t)` + constant + `(?: //.*)?$`).Match(source) {
			t.Errorf("%s does not have the constant %s: change the guide, and this table", c.file, c.constant)
		}
		if !strings.Contains(guide, c.said) {
			t.Errorf("the guide does not contain %q, which is %s", c.said, c.constant)
		}
	}
}
