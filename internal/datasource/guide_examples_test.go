package datasource_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func init() {
	maps.Copy(exampleOutputs, map[string]map[string]any{
		"guides/exit-codes": {"migrations": map[string]any{
			"web-1": "changed", "web-2": "nothing to do", "web-3": "no exit code: DeliveryTimedOut", "web-4": "failed with exit code 1",
		}},
		"guides/hybrid-windows": {"hotfixes": []any{"KB5031364", "KB5032198"}},
		"guides/json-output":    {"disks": []any{"nvme0n1", "nvme1n1"}},
		"guides/patience":       {"backup": "Success", "reindex": "InProgress"},
		"guides/sent-by-others": {"inventory": "42 packages"},
	})
	exampleRunners["guides/keep-a-value"] = keepAValue
	exampleRunners["guides/several-accounts"] = severalAccounts
}

// storyOf is the story that an example brings.
func storyOf(t *testing.T, name string) fakeaws.Script {
	t.Helper()
	story, err := os.Open(filepath.Join(examples, filepath.FromSlash(name), "fake.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = story.Close() }()
	script, err := fakeaws.LoadScript(story)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// exampleAt is a copy of an example that asks the service at a URL.
func exampleAt(t *testing.T, name, url string, env ...string) *acctest.Workspace {
	t.Helper()
	w := acctest.NewWorkspace(t, "", append([]string{
		"AWS_ENDPOINT_URL=" + url, "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=example"}, env...)...)
	if err := os.CopyFS(w.Dir, os.DirFS(filepath.Join(examples, filepath.FromSlash(name)))); err != nil {
		t.Fatal(err)
	}
	return w
}

// keepAValue applies an example before and after the service has forgotten its command, and then with another command.
func keepAValue(t *testing.T) {
	const name = "guides/keep-a-value"
	var service atomic.Pointer[fakeaws.Server]
	play := func(script fakeaws.Script) {
		server, err := fakeaws.New(script)
		if err != nil {
			t.Fatal(err)
		}
		service.Store(server)
	}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { service.Load().ServeHTTP(w, r) }))
	t.Cleanup(listener.Close)
	w := exampleAt(t, name, listener.URL)
	// An override, so that the test does not wait for half a minute.
	w.Write(t, "override.tf", "data \"ssm_command_invocation\" \"registration\" {\n  visibility_timeout = \"1s\"\n}\n")
	gives := func(want string) {
		t.Helper()
		if diff := cmp.Diff(map[string]any{"registration": want}, w.Outputs(t)); diff != "" {
			t.Errorf("outputs (-want +got):\n%s", diff)
		}
	}

	script := storyOf(t, name)
	play(script)
	w.Succeed(t, "apply", "-auto-approve")
	gives("node-4711")

	script.Commands[0].Forgotten = true
	play(script)
	w.Succeed(t, "apply", "-auto-approve")
	gives("node-4711")
	w.Succeed(t, "plan", "-detailed-exitcode")

	w.Succeed(t, "apply", "-auto-approve", "-var=command_id="+script.Commands[1].CommandID)
	gives("node-4712")
}

// severalAccounts applies an example with two provider blocks, and looks at who signed what for which region.
func severalAccounts(t *testing.T) {
	const name = "guides/several-accounts"
	fake := acctest.Serve(t, storyOf(t, name))
	w := exampleAt(t, name, fake.URL)
	w.Succeed(t, "apply", "-auto-approve")
	want := map[string]any{"versions": map[string]any{"staging": "4.3.0-rc1", "us-east-1": "4.2.0", "eu-central-1": "4.1.9"}}
	if diff := cmp.Diff(want, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	type signature struct{ key, region string }
	signed := map[signature]int{}
	for _, r := range fake.Requests() {
		if r.Operation == "GetCommandInvocation" {
			signed[signature{r.AccessKeyID, r.Region}]++
		}
	}
	staging := fakeaws.AccessKeyFor("arn:aws:iam::111111111111:role/run-command-reader")
	production := fakeaws.AccessKeyFor("arn:aws:iam::222222222222:role/run-command-reader")
	wantSigned := map[signature]int{{staging, "us-east-1"}: 1, {production, "us-east-1"}: 1, {production, "eu-central-1"}: 1}
	if diff := cmp.Diff(wantSigned, signed, cmp.AllowUnexported(signature{})); diff != "" {
		t.Errorf("reads by key and region (-want +got):\n%s", diff)
	}
}

// TestFailingGuide: what the guide about failures says each of its ways to fail prints.
func TestFailingGuide(t *testing.T) {
	t.Parallel()
	for name, example := range map[string]struct {
		wanted []string
		output bool // Whether what the script wrote is shown.
	}{
		"command-invocation/require-success": {[]string{"Command Invocation Failed", "Exit code: 9.", "The end of standard error:"}, true},
		"command-invocation/postcondition":   {[]string{"The clean-up ended with Failed, exit code 9.", "self.response_code is 9"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := storyOf(t, name)
			step := &script.Commands[0].Invocations[0].Steps[0]
			step.Timeline = []fakeaws.Moment{{At: 1, Status: "Failed"}}
			step.ResponseCode, step.StandardError = fakeaws.Code(9), "relation is gone\n"
			r := exampleAt(t, name, acctest.Serve(t, script).URL).Run(t, "plan", "-no-color")
			if r.Code != 1 {
				t.Errorf("the plan ended with code %d", r.Code)
			}
			if strings.Contains(r.Stderr, "relation is gone") != example.output {
				t.Errorf("what the script wrote is shown: %v; the error is: %s", !example.output, r.Stderr)
			}
			for _, text := range example.wanted {
				if !strings.Contains(r.Stderr, text) {
					t.Errorf("%q is not in: %s", text, r.Stderr)
				}
			}
		})
	}
}

// TestJSONGuide: output that was cut is the example's own error.
func TestJSONGuide(t *testing.T) {
	t.Parallel()
	script := storyOf(t, "guides/json-output")
	script.Commands[0].Invocations[0].Steps[0].StandardOutput = `{"disks": ["` + strings.Repeat("x", 30000) + `"]}`
	r := exampleAt(t, "guides/json-output", acctest.Serve(t, script).URL).Run(t, "plan", "-json")
	r.One(t, "error", "Resource postcondition failed")
}

// TestIAMGuide: the policies of the guide allow the actions that reads ask for, and no others. kms:Decrypt and s3:ListBucket
// are asked for by S3 itself, and are not to be seen in requests.
func TestIAMGuide(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{"kms:Decrypt": true, "s3:ListBucket": true}
	for _, name := range []string{"command-invocation/past-history", "long-output/from-s3"} {
		fake := acctest.Serve(t, storyOf(t, name))
		exampleAt(t, name, fake.URL).Succeed(t, "plan")
		for _, r := range fake.Requests() {
			asked[r.Service+":"+r.Operation] = true
		}
	}
	allowed := map[string]bool{}
	for _, name := range []string{"read.json", "complete-output.json"} {
		text, err := os.ReadFile(filepath.Join(examples, "guides", "iam", name))
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
	if diff := cmp.Diff(asked, allowed); diff != "" {
		t.Errorf("actions (-asked for +allowed):\n%s", diff)
	}
}

// TestFences: what the guides and the README show in HCL is the text of a file under examples/, which other tests run.
// A template takes it from the file; the README names the file above the block.
func TestFences(t *testing.T) {
	t.Parallel()
	const root = "../.."
	pages, err := filepath.Glob(filepath.Join(root, "templates", "*", "*.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("there are only %d templates", len(pages))
	}
	fence := regexp.MustCompile("(?ms)^(<!-- the text of (\\S+) -->\n)?[ \t]*```(?:terraform|hcl|tf)\n(.*?)^[ \t]*```$")
	taken := regexp.MustCompile(`\{\{-?\s*(?:tffile|codefile "\w*")\s+"(.*?)"`)
	for _, page := range append(pages, filepath.Join(root, "templates", "index.md.tmpl"), filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			from, err := os.ReadFile(filepath.Join(root, block[2]))
			if !strings.HasPrefix(block[2], "examples/") || err != nil || string(from) != block[3] {
				t.Errorf("%s shows HCL that is not the text of a file under examples/:\n%s", page, block[3])
			}
		}
		for _, file := range taken.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, file[1])); err != nil || !strings.HasPrefix(file[1], "examples/") {
				t.Errorf("%s takes %s: %v", page, file[1], err)
			}
		}
	}
}

// TestGuidesAgreeWithErrors: every error that a read can end with is named in a guide, no guide names one that there is not,
// and what the guide about failures says of a status is what the error says.
func TestGuidesAgreeWithErrors(t *testing.T) {
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
	guides := texts("../../templates/guides/*.tmpl")
	for _, named := range regexp.MustCompile("`([A-Z][a-z]+(?: [A-Z][a-z]+)+)`").FindAllStringSubmatch(guides, -1) {
		if !strings.Contains(texts("*.go", "../diagnostics/*.go", "../provider/*.go", "../awsclient/*.go"), `"`+named[1]+`"`) {
			t.Errorf("a guide names %s, and no error is called so", named[1])
		}
	}
	words := texts("../diagnostics/*.go")
	for _, said := range regexp.MustCompile(`"([A-Z][a-z]+(?: [A-Z][a-z]+)+)"`).FindAllStringSubmatch(words, -1) {
		if said[1] != "Unexpected Error" && !strings.Contains(guides, "`"+said[1]+"`") {
			t.Errorf("no guide names the error %s", said[1])
		}
	}
	meanings := regexp.MustCompile(`(?m)^\t"([A-Z]\w+)": +"([A-Z].*)",$`).FindAllStringSubmatch(words, -1)
	if len(meanings) == 0 {
		t.Error("no status has a meaning")
	}
	for _, meaning := range meanings {
		said := meaning[2]
		if !strings.HasPrefix(said, "Systems Manager") { // A name keeps its capital.
			said = strings.ToLower(said[:1]) + said[1:]
		}
		if line := "* `" + meaning[1] + "`: " + said; !strings.Contains(guides, line) {
			t.Errorf("no guide has the line: %s", line)
		}
	}
}
