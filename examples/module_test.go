// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// runMock replaces go in the command of the guide: it runs the program ssm-mock of this working
// tree, $MOCK, and writes its log to $MOCK_LOG.
const runMock = `#!/bin/sh
case "$1 $2" in
"run github.com/ssm-provider/terraform-provider-ssm/cmd/ssm-mock@latest") shift 2; exec "$MOCK" -log "$MOCK_LOG" "$@" ;;
*) echo "go: unexpected arguments: $*" >&2; exit 2 ;;
esac
`

// TestModuleTests runs the tests of the modules that the guide on tests of modules shows, with the
// command of the guide: ssm-mock is a process of its own, and starts the CLI. The requests of the
// tests are in the log of the mock.
func TestModuleTests(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.MockedTests)
	guide, err := os.ReadFile("../templates/guides/test-modules.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```shell\n([^`]*fake.json terraform test\n)```").FindSubmatch(guide)
	if block == nil {
		t.Fatal("the guide has no shell block that runs terraform test with the local mock")
	}
	mock := filepath.Join(t.TempDir(), "ssm-mock")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", mock, "github.com/ssm-provider/terraform-provider-ssm/cmd/ssm-mock")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	for name, c := range map[string]struct {
		passed   int
		requests string // An operation that the log of the mock must have.
		times    int
	}{
		"command-invocation/module-test": {2, "GetCommandInvocation", 1},
		"send/module-test":               {4, "SendCommand", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := filepath.Join(t.TempDir(), "log")
			path := programs(t, map[string]string{"go": runMock, "terraform": "#!/bin/sh\nexec \"$CLI\" \"$@\"\n"})
			// A request that does not go to the mock fails.
			w := newWorkspace(t, name, "http://127.0.0.1:1", path, "TF_CLI_ARGS_test=-no-color",
				"CLI="+os.Getenv("TF_ACC_TERRAFORM_PATH"), "MOCK="+mock, "MOCK_LOG="+log)
			cmd := w.Command(context.Background())
			cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-euc", string(block[1])}
			out, err := cmd.CombinedOutput()
			if want := fmt.Sprintf("Success! %d passed, 0 failed.", c.passed); err != nil || !strings.Contains(string(out), want) {
				t.Errorf("the command ended with %v, and did not write %q: %s", err, want, out)
			}
			requests, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(requests), c.requests+" "); n != c.times {
				t.Errorf("the mock received %d requests %s, want %d:\n%s", n, c.requests, c.times, requests)
			}
		})
	}
}

// applyModule applies the module that sends a command as a configuration calls it.
func applyModule(t *testing.T, name string, e example) {
	fake := acctest.Serve(t, loadScript(t, name))
	w := newWorkspace(t, name, fake.URL, "AWS_REGION=us-east-1", "TF_VAR_instance_id="+node, "TF_VAR_release=4.2.0")
	w.Succeed(t, "apply", "-auto-approve")
	outputs := w.Outputs(t)
	if outputs["version"] != e.outputs["version"] || outputs["command_id"] == nil {
		t.Errorf("outputs: %v", outputs)
	}
	checkSends(t, fake, w, e.sends)
}
