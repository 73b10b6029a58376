// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scripts/count-tests.sh is run over small modules, by the real gotestsum and go test: which events
// they report for a build failure, a panic, or a timeout changes between versions.
func TestCountTests(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.Command("go", "tool", "-modfile=tools/go.mod", "-n", "gotestsum").Output()
	if err != nil {
		t.Fatal(err)
	}
	gotestsum := strings.TrimSpace(string(path))
	tests := map[string]struct {
		source  string
		args    []string
		status  int
		last    string
		prints  []string
		without []string
	}{
		"passed": {
			source:  `func TestA(t *testing.T) { t.Log("noise"); t.Run("one", func(*testing.T) {}) }`,
			last:    "2 passed, 0 failed, 0 skipped",
			without: []string{"noise", "=== RUN"},
		},
		"failed": {
			source: `func TestA(t *testing.T) { t.Error("the reason") }
				func TestB(t *testing.T) { t.Log("noise") }`,
			status: 1, last: "1 passed, 1 failed, 0 skipped",
			prints: []string{"the reason"}, without: []string{"noise"},
		},
		"long line": {
			source: `func TestA(t *testing.T) { println("begin"); t.Error(strings.Repeat("x", 1<<20) + "end") }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", prints: []string{"xend"},
		},
		"output like an event": {
			source: `func TestA(t *testing.T) { t.Run("\"Action\":\"fail\"", func(*testing.T) {}); println("{\"Action\":\"fail\",\"Test\":\"TestB\"}") }`,
			last:   "2 passed, 0 failed, 0 skipped",
		},
		"skipped with permission": {
			source: `func TestAccAWSRead(t *testing.T) { t.Skip("no ids given") }; func TestA(*testing.T) {}`,
			last:   "1 passed, 0 failed, 1 skipped",
			prints: []string{"TestAccAWSRead", "no ids given"}, without: []string{"must not be skipped"},
		},
		"skipped": {
			source: `func TestA(t *testing.T) { t.Run("part", func(t *testing.T) { t.Skip("no terraform") }) }`,
			status: 1, last: "1 passed, 0 failed, 1 skipped",
			prints: []string{"no terraform", "TestA/part (example/x) must not be skipped"},
		},
		"skipped for a newer CLI": {
			source: `func TestA(t *testing.T) {
				t.Run("part", func(t *testing.T) { t.Parallel(); t.Skip("needs actions (Terraform 1.14, no OpenTofu): the CLI is Terraform 1.11.4") })
				t.Run("other", func(t *testing.T) { t.Parallel() })
			}`,
			last:   "2 passed, 0 failed, 1 skipped",
			prints: []string{"TestA/part", "needs actions"}, without: []string{"must not be skipped"},
		},
		"skipped for a CLI of no version": {
			source: `func TestA(t *testing.T) { t.Skip("needs actions") }; func TestB(t *testing.T) { t.Log("needs actions (Terraform 1.14, no OpenTofu): the CLI is Terraform 1.11.4") }`,
			status: 1, last: "1 passed, 0 failed, 1 skipped",
			prints: []string{"TestA (example/x) must not be skipped"},
		},
		"skipped under the name of another": {
			source: `func TestA(t *testing.T) { t.Run("TestAccAWS", func(t *testing.T) { t.Skip("no terraform") }) }`,
			status: 1, last: "1 passed, 0 failed, 1 skipped",
			prints: []string{"TestA/TestAccAWS (example/x) must not be skipped"},
		},
		"no tests": {
			source: `func helper(t *testing.T) {}`,
			status: 1, last: "0 passed, 0 failed, 0 skipped", prints: []string{"no test ran"},
		},
		"does not build": {
			source: `func TestA(t *testing.T) { undefinedThing() }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", prints: []string{"undefined: undefinedThing"},
		},
		"panic": {
			source: `func TestA(t *testing.T) { panic("out of luck") }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", prints: []string{"out of luck"},
		},
		"exit": {
			source: `func TestA(t *testing.T) { os.Exit(7) }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped",
		},
		"timeout": {
			source: `func TestA(t *testing.T) { println("about to hang"); select {} }`,
			args:   []string{"-timeout=500ms"},
			status: 1, last: "0 passed, 1 failed, 0 skipped", prints: []string{"about to hang", "test timed out"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			source := "package x\n\nimport (\n\"testing\"\n"
			for _, pkg := range []string{"os", "strings"} {
				if strings.Contains(test.source, pkg+".") {
					source += `"` + pkg + "\"\n"
				}
			}
			source += ")\n\n" + test.source + "\n"
			for file, text := range map[string]string{"go.mod": "module example/x\n\ngo 1.25\n", "x_test.go": source} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			script := exec.Command(filepath.Join(root, "scripts", "count-tests.sh"), append([]string{gotestsum}, test.args...)...)
			script.Dir = dir
			raw, err := script.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			output := string(raw)
			if status := script.ProcessState.ExitCode(); status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			if !strings.HasSuffix(output, "\n"+test.last+"\n") {
				t.Errorf("the last line is not %q", test.last)
			}
			for _, text := range test.prints {
				if !strings.Contains(output, text) {
					t.Errorf("%q is not printed", text)
				}
			}
			for _, text := range test.without {
				if strings.Contains(output, text) {
					t.Errorf("%q is printed", text)
				}
			}
			if t.Failed() {
				t.Logf("%.4000s", output)
			}
		})
	}
}

// A gotestsum that cannot be started is a failure, and not zero failed tests.
func TestCountTestsWithoutGotestsum(t *testing.T) {
	script := exec.Command(filepath.Join("scripts", "count-tests.sh"), filepath.Join(t.TempDir(), "absent"))
	output, err := script.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "no test ran") {
		t.Errorf("%v\n%s", err, output)
	}
}
