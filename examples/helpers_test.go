// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// loadScript returns the script of an example's fake.
func loadScript(t *testing.T, name string) fakeaws.Script {
	t.Helper()
	file, err := os.Open(filepath.Join(filepath.FromSlash(name), "fake.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	script, err := fakeaws.LoadScript(file)
	if err != nil {
		t.Fatal(err)
	}
	return script
}

// newWorkspace returns a copy of an example that sends its requests to a URL. If the example has
// provider aws, an [awsDouble] replaces it, unless the test has already served one.
func newWorkspace(t *testing.T, name, url string, env ...string) *acctest.Workspace {
	t.Helper()
	served := slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "TF_REATTACH_PROVIDERS=") })
	if !served && configures(t, name, `provider "aws"`) {
		env = append(env, newAWSDouble().serve(t))
	}
	w := acctest.NewWorkspace(t, "", append([]string{
		"AWS_ENDPOINT_URL=" + url, "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=example",
	}, env...)...)
	if err := os.CopyFS(w.Dir, os.DirFS(filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
	return w
}

// configures reports whether the configuration of an example contains a text.
func configures(t *testing.T, name, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(name), "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}

// createNodes creates the instances of an example. The example reads commands that ran on instances
// which already exist.
func createNodes(t *testing.T, name string, w *acctest.Workspace, arguments ...string) {
	t.Helper()
	if configures(t, name, `resource "aws_instance" "web"`) {
		w.Succeed(t, append([]string{"apply", "-auto-approve", "-target=aws_instance.web"}, arguments...)...)
	}
}

// listen serves a handler for the duration of a test, and returns its URL.
func listen(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	listener := httptest.NewServer(handler)
	t.Cleanup(listener.Close)
	return listener.URL
}

// programs writes executable scripts, and returns a PATH that begins with their directory.
func programs(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(texts[name]), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return "PATH=" + dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// checkOutputs compares the outputs in the state.
func checkOutputs(t *testing.T, w *acctest.Workspace, want map[string]any) {
	t.Helper()
	if diff := cmp.Diff(want, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// checkNotInState checks that the state does not contain a text.
func checkNotInState(t *testing.T, w *acctest.Workspace, text string) {
	t.Helper()
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), text) {
		t.Errorf("%s is in the state: %s", text, state)
	}
}
