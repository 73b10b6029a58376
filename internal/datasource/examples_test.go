package datasource_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const examples = "../../examples"

// exampleOutputs are what each directory under examples/ gives when it is applied against its own fake.json.
var exampleOutputs = map[string]map[string]any{
	"provider":             {"hello": "hello from web-1\n"},
	"install/another-name": {"hello": "hello from web-1\n"},
	"data-sources/ssm_command_invocation": {"migration": map[string]any{
		"status": "Success", "code": 0., "output": "3 migrations applied\n", "errors": "",
	}},
	"demo": {"deploy": map[string]any{
		"web-1": map[string]any{
			"status": "Success", "response_code": 0.,
			"standard_output_content": "fetching app-4.2.0.tar.gz\nrestarting app.service\napp 4.2.0 is up\n", "standard_error_content": "",
		},
		"web-2": map[string]any{
			"status": "Failed", "response_code": 7.,
			"standard_output_content": "fetching app-4.2.0.tar.gz\n",
			"standard_error_content":  "tar: app-4.2.0.tar.gz: Cannot write: No space left on device\nfailed to run commands: exit status 7",
		},
	}},
	"command-invocation/check": {}, // Its whole result is a warning: see exampleWarnings.
	"command-invocation/every-node": {
		"kernels":   map[string]any{"edge": "6.1.0", "web-1": "6.12.44", "web-2": "6.12.44"},
		"failed_on": []any{},
	},
	"command-invocation/module-test":     {"version": "4.2.0"},
	"command-invocation/other-region":    {"uptime": " 10:12:01 up 41 days\n"},
	"command-invocation/past-history":    {"setup": "no longer known"},
	"command-invocation/postcondition":   {"something_was_cleaned": false},
	"command-invocation/require-success": {"migration": "3 migrations applied\n"},
	"command-invocation/several-steps": {"steps": map[string]any{
		"installPackage": map[string]any{"status": "Success", "output": "installed app 4.2.0\n"},
		"runTests":       map[string]any{"status": "Success", "output": "12 tests, all well\n"},
	}},
}

// exampleWarnings are the details of the warnings that belong to an example.
var exampleWarnings = map[string][]string{
	"command-invocation/check": {"Last night's backup: Failed."},
}

// TestExamples applies every directory under examples/ that holds a configuration, and runs its tests where it has any. One
// without a story for the stand-in, or without outputs above, fails: nothing is left out without a word.
func TestExamples(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	err := filepath.WalkDir(examples, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".tf" {
			return err
		}
		name, err := filepath.Rel(examples, filepath.Dir(path))
		found[filepath.ToSlash(name)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range exampleOutputs {
		if !found[name] {
			t.Errorf("examples/%s has expected outputs and is not there", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runExample(t, name)
		})
	}
}

func runExample(t *testing.T, name string) {
	t.Helper()
	if own, ok := exampleRunners[name]; ok {
		own(t)
		return
	}
	want, known := exampleOutputs[name]
	if !known {
		t.Fatalf("say in exampleOutputs what examples/%s gives", name)
	}
	dir := filepath.Join(examples, filepath.FromSlash(name))
	story, err := os.Open(filepath.Join(dir, "fake.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = story.Close() }()
	script, err := fakeaws.LoadScript(story)
	if err != nil {
		t.Fatal(err)
	}
	fake := acctest.Serve(t, script)
	w := acctest.NewWorkspace(t, "",
		"AWS_ENDPOINT_URL="+fake.URL, "TF_VAR_endpoint="+fake.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=example")
	if err := os.CopyFS(w.Dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}

	w.Succeed(t, "plan")
	var warnings []string
	for _, d := range w.Succeed(t, "apply", "-auto-approve", "-json").Diagnostics(t) {
		warnings = append(warnings, d.Detail)
	}
	if diff := cmp.Diff(exampleWarnings[name], warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if fake.Count("") == 0 {
		t.Error("nothing was asked of the stand-in")
	}

	tests, err := filepath.Glob(filepath.Join(dir, "tests", "*.tftest.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) > 0 {
		if out := w.Succeed(t, "test", "-no-color").Stdout; !strings.Contains(out, "Success! ") || strings.Contains(out, " 0 passed") {
			t.Errorf("terraform test says: %s", out)
		}
	}
}
