// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// runTimeout bounds one run of the CLI, so that a read that hangs fails only its own test.
const runTimeout = 2 * time.Minute

// Workspace is a directory with a configuration in which the CLI runs as a user runs it, with a
// provider that is built from the working tree.
type Workspace struct {
	Dir string
	env []string
}

// NewWorkspace creates a directory whose main.tf is the configuration. Of the caller's environment,
// the CLI gets only PATH. Further variables are given as NAME=value.
func NewWorkspace(t *testing.T, config string, env ...string) *Workspace {
	t.Helper()
	// A development override makes the CLI run the built binary without a registry, init, and a lock
	// file. The override is the one of the README, so that this file is tested as well.
	shown, err := os.ReadFile(filepath.Join(root(), "examples", "install", "development.tfrc"))
	if err != nil {
		t.Fatal(err)
	}
	cliConfig := strings.Replace(string(shown), "/path/to/terraform-provider-ssm", filepath.ToSlash(filepath.Dir(builtProvider(t))), 1)
	w := &Workspace{Dir: t.TempDir()}
	home := t.TempDir()
	tfrc := filepath.Join(home, "cli.tfrc")
	if err := os.WriteFile(tfrc, []byte(cliConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(),
		"USERPROFILE=" + home, "TMP=" + os.TempDir(), // As Windows calls the two.
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_CONFIG_FILE=" + tfrc,
		"AWS_EC2_METADATA_DISABLED=true",
	}, env...)
	if config != "" {
		w.Write(t, "main.tf", config)
	}
	return w
}

// Write writes a file of the workspace.
func (w *Workspace) Write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Command prepares a run of the CLI, for a test that acts while the CLI runs.
func (w *Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cli(), arguments...)
	cmd.Dir, cmd.Env = w.Dir, w.env
	cmd.WaitDelay = 5 * time.Second // A provider that outlives the CLI keeps the pipes open.
	return cmd
}

// Result is the exit code and the output of a run of the CLI.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs the CLI and waits for it.
func (w *Workspace) Run(t *testing.T, arguments ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTimeout)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := w.Command(ctx, arguments...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &failed) {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), errors.Join(err, ctx.Err()), &stdout, &stderr)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

// Succeed runs the CLI and checks that it succeeds.
func (w *Workspace) Succeed(t *testing.T, arguments ...string) Result {
	t.Helper()
	r := w.Run(t, arguments...)
	if r.Code != 0 {
		t.Fatalf("%s exited with code %d:\n%s%s", strings.Join(arguments, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r
}

// Outputs returns the output values in the state, decoded from JSON.
func (w *Workspace) Outputs(t *testing.T) map[string]any {
	t.Helper()
	var outputs map[string]struct{ Value any }
	if err := json.Unmarshal([]byte(w.Succeed(t, "output", "-json").Stdout), &outputs); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Value
	}
	return values
}

// root returns the root of the repository, from the path of this file in the binary.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

var build struct {
	once sync.Once
	path string
	err  error
}

// builtProvider builds the provider once for the test binary. -buildvcs=false lets Go's build cache
// keep the result.
func builtProvider(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		build.path = filepath.Join(scratch, "bin", "terraform-provider-ssm")
		if runtime.GOOS == "windows" {
			build.path += ".exe" // Terraform ignores files without it.
		}
		out, err := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", build.path,
			"github.com/ssm-provider/terraform-provider-ssm").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("building the provider failed: %w: %s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}
