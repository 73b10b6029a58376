package datasource_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func init() {
	maps.Copy(exampleOutputs, map[string]map[string]any{
		"secrets/to-a-provider": {"kernel": "6.12.44"},
		"secrets/sensitive":     {"password": "correct-horse-battery"},
		"long-output/from-s3":   {"packages": 600.},
		"long-output/not-cut":   {"users": []any{"root", "ec2-user", "app"}},
	})
	exampleRunners["ephemeral-resources/ssm_command_invocation"] = toAWriteOnlyArgument
	exampleRunners["secrets/to-a-program"] = toAProgram
}

// exampleWorkspace is a copy of an example, beside a stand-in that plays its story.
func exampleWorkspace(t *testing.T, name string, env ...string) *acctest.Workspace {
	t.Helper()
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
		append([]string{"AWS_ENDPOINT_URL=" + fake.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=example"}, env...)...)
	if err := os.CopyFS(w.Dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return w
}

// keepsOut wants the state to be without a text.
func keepsOut(t *testing.T, w *acctest.Workspace, text string) {
	t.Helper()
	state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(state), text) {
		t.Errorf("%s is in the state: %s", text, state)
	}
}

// toAProgram applies an example that hands a token to a program.
func toAProgram(t *testing.T) {
	const token = "K10c3f1.for-a-program"
	w := exampleWorkspace(t, "secrets/to-a-program")
	r := w.Succeed(t, "apply", "-auto-approve", "-no-color")
	if joined, err := os.ReadFile(filepath.Join(w.Dir, "joined")); err != nil || !strings.HasSuffix(string(joined), " 21\n") { // Its length.
		t.Errorf("the program has left %q: %v", joined, err)
	}
	if strings.Contains(r.Stdout+r.Stderr, token) {
		t.Errorf("the token is on the screen: %s", r.Stdout)
	}
	keepsOut(t, w, token)
	w.Succeed(t, "plan", "-detailed-exitcode")
}

// toAWriteOnlyArgument applies an example that hands a token to provider aws, which is played by a resource that has the
// arguments of the real one: it is not known here how AWS takes them, but how Terraform hands them over is.
func toAWriteOnlyArgument(t *testing.T) {
	parameters := &parameterStore{}
	w := exampleWorkspace(t, "ephemeral-resources/ssm_command_invocation",
		acctest.ServeProvider(t, "hashicorp/aws", providerserver.NewProtocol6WithError(parameters)))
	const first, second = "-var=command_id=3c0e5b7a-1f24-4a68-9d3b-7e2f80a1b4c5", "-var=command_id=4d1f6c8b-2035-4b79-8e4c-8f3091b2c5d6"
	w.Succeed(t, "apply", "-auto-approve", first)
	w.Succeed(t, "plan", "-detailed-exitcode", first) // The token is read again, and nothing is written again.
	w.Succeed(t, "apply", "-auto-approve", second)
	keepsOut(t, w, "K10c3f1")
	w.Succeed(t, "destroy", "-auto-approve", second)
	want := []parameter{
		{Name: "/cluster/join-token", Type: "SecureString", Value: "K10c3f1.first", Version: 0x3c0e5b7},
		{Name: "/cluster/join-token", Type: "SecureString", Value: "K10c3f1.second", Version: 0x4d1f6c8},
	}
	if diff := cmp.Diff(want, parameters.written); diff != "" {
		t.Errorf("what was written (-want +got):\n%s", diff)
	}
}
