package datasource_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// exampleRunners run the examples that need more than a stand-in.
var exampleRunners = map[string]func(*testing.T){}

func init() {
	printed := func(output string) map[string]any { return map[string]any{"status": "Success", "output": output} }
	maps.Copy(exampleOutputs, map[string]map[string]any{
		"data-sources/ssm_command": {"deploy": map[string]any{"status": "Failed", "nodes": 2., "failures": 1.}},
		"data-sources/ssm_command_invocations": {"uptime": map[string]any{
			"i-0a1b2c3d4e5f60001": printed(" 10:12:01 up 41 days\n"), "i-0a1b2c3d4e5f60002": printed(" 10:12:01 up 3 days\n")}},
		"data-sources/ssm_commands": {"patching": []any{"Success", "Failed"}},
		"fleet/check":               {},
		"fleet/full-output":         {"packages": map[string]any{"i-0a1b2c3d4e5f60001": 200., "i-0a1b2c3d4e5f60002": 1.}},
		"fleet/outputs-by-node": {"kernels": map[string]any{
			"i-0a1b2c3d4e5f60001": "6.12.44", "i-0a1b2c3d4e5f60002": "6.12.44", "i-0a1b2c3d4e5f60003": "6.1.0"}},
		"fleet/latest-patch-run": {"patching": map[string]any{"status": "Success",
			"steps": map[string]any{"PatchWindows": "Success", "PatchLinux": "Success"}}},
	})
	exampleOutputs["demo"]["fleet"] = map[string]any{
		"status": "Failed", "nodes": "2 ended, 1 failed", "exit_codes": map[string]any{"web-1": 0., "web-2": 7.},
	}
	exampleWarnings["fleet/check"] = []string{"The restart failed on i-0a1b2c3d4e5f60002"}
	exampleRunners["fleet/send-and-find"] = sendAndFind
}

// sendAndFind applies an example that sends. The AWS CLI is a script that writes down the comment; once that is there, the
// story begins, with a command of this comment.
func sendAndFind(t *testing.T) {
	dir := filepath.Join(examples, "fleet", "send-and-find")
	bin, err := filepath.Abs(filepath.Join("testdata", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	comment := filepath.Join(t.TempDir(), "comment")
	service := &untilSent{t: t, story: filepath.Join(dir, "fake.json"), comment: comment}
	listener := httptest.NewServer(service)
	t.Cleanup(listener.Close)
	w := acctest.NewWorkspace(t, "", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "SENT_COMMENT="+comment,
		"AWS_ENDPOINT_URL="+listener.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00", "AWS_SECRET_ACCESS_KEY=example")
	if err := os.CopyFS(w.Dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}

	w.Succeed(t, "apply", "-auto-approve")
	want := map[string]any{"deploy": map[string]any{"status": "Success", "nodes": 2.}}
	if diff := cmp.Diff(want, w.Outputs(t)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	w.Succeed(t, "plan", "-detailed-exitcode") // Found again, and nothing is sent again.
}

// untilSent is a service whose story begins when the command is sent.
type untilSent struct {
	t              *testing.T
	story, comment string

	mu     sync.Mutex
	server *fakeaws.Server
}

// ServeHTTP lets the stand-in answer.
func (u *untilSent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.current().ServeHTTP(w, r)
}

func (u *untilSent) current() http.Handler {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.server == nil {
		comment, err := os.ReadFile(u.comment)
		if err != nil {
			u.t.Error("the command was looked for before it was sent")
		}
		story, err := os.Open(u.story)
		if err != nil {
			u.t.Error(err)
		}
		defer func() { _ = story.Close() }()
		script, err := fakeaws.LoadScript(story)
		if err != nil {
			u.t.Error(err)
		}
		script.Commands[0].Comment = string(comment)
		if u.server, err = fakeaws.New(script); err != nil {
			u.t.Error(err)
		}
	}
	return u.server
}
