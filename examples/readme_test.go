// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// sendToNode replaces the AWS CLI in this example: it accepts the send-command that the page
// shows, for node $NODE, and prints the ID $COMMAND.
const sendToNode = `#!/bin/sh
case "$*" in
"ssm send-command --region us-east-1 "*" --instance-ids $NODE "*"--query Command.CommandId --output text") echo "$COMMAND" ;;
*) echo "aws: unexpected arguments: $*" >&2; exit 2 ;;
esac
`

// applyAsShown applies the example that reads a command as a reader of the index page does: with
// the shell commands that the page shows below the example.
func applyAsShown(t *testing.T, name string, e example) {
	script := loadScript(t, name)
	// The example does not contain this ID, so that only its variable can pass the ID on.
	script.Commands[0].CommandID = "9d0f6a5c-1b2e-4c3d-8e4f-5a6b7c8d9e0f"
	sent := script.Commands[0]

	for _, page := range []string{"../templates/index.md.tmpl"} {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			blocks := regexp.MustCompile("(?s)```shell\n([^`]*send-command[^`]*)```").FindStringSubmatch(string(text))
			if blocks == nil {
				t.Fatal("the page has no shell block that sends a command")
			}

			path := programs(t, map[string]string{"aws": sendToNode, "terraform": "#!/bin/sh\nexec \"$CLI\" \"$@\"\n"})
			w := newWorkspace(t, name, acctest.Serve(t, script).URL, path, "CLI="+os.Getenv("TF_ACC_TERRAFORM_PATH"),
				"TF_CLI_ARGS_apply=-auto-approve", "COMMAND="+sent.CommandID, "NODE="+sent.Invocations[0].InstanceID)
			cmd := w.Command(context.Background())
			cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-euc", blocks[1]}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			checkOutputs(t, w, e.outputs)
		})
	}
}

// TestBlocksAreExamples checks that each block of HCL in the README and in the templates is the
// text of a file of this directory, which TestExamples applies. A template includes the file. The
// README names the file above the block.
func TestBlocksAreExamples(t *testing.T) {
	t.Parallel()
	const root = ".."
	pages, err := filepath.Glob(filepath.Join(root, "templates", "*", "*.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 10 {
		t.Fatalf("%d templates, want at least 10", len(pages))
	}
	fence := regexp.MustCompile("(?ms)^(<!-- the text of (\\S+) -->\n)?[ \t]*```(?:terraform|hcl|tf)\n(.*?)^[ \t]*```$")
	included := regexp.MustCompile(`\{\{-?\s*(?:tffile|codefile "\w*")\s+"(.*?)"`)
	for _, page := range append(pages, filepath.Join(root, "templates", "index.md.tmpl"), filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			file, err := os.ReadFile(filepath.Join(root, block[2]))
			if !strings.HasPrefix(block[2], "examples/") || err != nil || string(file) != block[3] {
				t.Errorf("%s shows HCL that is not the text of a file under examples/:\n%s", page, block[3])
			}
		}
		for _, file := range included.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, file[1])); err != nil || !strings.HasPrefix(file[1], "examples/") {
				t.Errorf("%s includes %s: %v", page, file[1], err)
			}
		}
	}
}
