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

// patience bounds one run of the CLI, so that a read that hangs fails its own test instead of all of them.
const patience = 2 * time.Minute

// Workspace is a folder with a configuration in which the CLI is run as a user runs it, over a provider that was built from
// this tree.
type Workspace struct {
	Dir string
	env []string
}

// NewWorkspace makes a folder whose main.tf is the configuration. The CLI starts with nothing of the caller's environment
// but PATH, and with the variables given as NAME=value.
func NewWorkspace(t *testing.T, config string, env ...string) *Workspace {
	t.Helper()
	// A development override makes the CLI run the fresh binary: no registry, no init, no lock file. It is the one that
	// README shows, so that this is tried as well.
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
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0", "TF_CLI_CONFIG_FILE=" + tfrc,
		"AWS_EC2_METADATA_DISABLED=true",
	}, env...)
	if config != "" {
		w.Write(t, "main.tf", config)
	}
	return w
}

// Write puts a file into the workspace.
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

// Command prepares a run of the CLI, for a test that wants to do something while it goes on.
func (w *Workspace) Command(ctx context.Context, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, cli(), arguments...)
	cmd.Dir, cmd.Env = w.Dir, w.env
	cmd.WaitDelay = 5 * time.Second // A provider left behind holds the pipes open.
	return cmd
}

// Result is what a run of the CLI left.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Run runs the CLI to its end.
func (w *Workspace) Run(t *testing.T, arguments ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
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

// Succeed runs the CLI and wants it to end well.
func (w *Workspace) Succeed(t *testing.T, arguments ...string) Result {
	t.Helper()
	r := w.Run(t, arguments...)
	if r.Code != 0 {
		t.Fatalf("%s ended with code %d:\n%s%s", strings.Join(arguments, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r
}

// Outputs are the output values of what was applied, as JSON has them.
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

// root is the root of the repository, as the compiler knows this file's place.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

var build struct {
	once sync.Once
	path string
	err  error
}

// builtProvider builds the provider once for the test binary. Nothing stamps it, so that Go's cache makes it quick.
func builtProvider(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		build.path = filepath.Join(scratch, "bin", "terraform-provider-ssm")
		out, err := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-o", build.path,
			"github.com/ssm-provider/terraform-provider-ssm").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("building the provider: %w: %s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}
