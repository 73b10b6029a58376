package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReport runs the real go test over small modules, since the events of a build that fails, a panic or a timeout are
// go's to choose and have changed before (build output became events in Go 1.24).
func TestReport(t *testing.T) {
	tests := map[string]struct {
		source string
		args   []string
		status int
		last   string
		says   []string
		silent []string
	}{
		"passing": {
			source: `func TestA(t *testing.T) { t.Log("noise"); t.Run("one", func(*testing.T) {}) }`,
			last:   "2 passed, 0 failed, 0 skipped",
			says:   []string{"ok  \texample/x"},
			silent: []string{"noise", "=== RUN"},
		},
		"failing": {
			source: `func TestA(t *testing.T) { t.Error("this is why") }
				func TestB(t *testing.T) { t.Log("noise") }`,
			status: 1, last: "1 passed, 1 failed, 0 skipped",
			says: []string{"this is why", "FAIL\texample/x"}, silent: []string{"noise"},
		},
		"long line": {
			source: `func TestA(t *testing.T) { println("begin"); t.Error(strings.Repeat("x", 1<<20) + "end") }; var _ = strings.Repeat`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", says: []string{"xend"},
		},
		"skipping what may be skipped": {
			source: `func TestAccAWSRead(t *testing.T) { t.Skip("no ids given") }; func TestA(*testing.T) {}`,
			last:   "1 passed, 0 failed, 1 skipped", says: []string{"SKIP TestAccAWSRead", "no ids given"},
		},
		"skipping what may not": {
			source: `func TestA(t *testing.T) { t.Run("part", func(t *testing.T) { t.Skip("no terraform") }) }`,
			status: 1, last: "1 passed, 0 failed, 1 skipped", says: []string{"SKIP TestA/part", "no terraform", "may not be skipped"},
		},
		"nothing to run": {
			source: `func helper(t *testing.T) {}`,
			status: 1, last: "0 passed, 0 failed, 0 skipped", says: []string{"No test ran"},
		},
		"not building": {
			source: `func TestA(t *testing.T) { undefinedThing() }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", says: []string{"undefined: undefinedThing"},
		},
		"panicking": {
			source: `func TestA(t *testing.T) { panic("out of luck") }`,
			status: 1, last: "0 passed, 1 failed, 0 skipped", says: []string{"out of luck"},
		},
		"leaving": {
			source: `func TestA(t *testing.T) { os.Exit(7) }; var _ = os.Exit`,
			status: 1, last: "0 passed, 1 failed, 0 skipped",
		},
		"never ending": {
			source: `func TestA(t *testing.T) { println("about to hang"); select {} }`,
			args:   []string{"-timeout=500ms"},
			status: 1, last: "0 passed, 1 failed, 0 skipped", says: []string{"about to hang", "test timed out"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			imports := "package x\n\nimport (\n\"testing\"\n"
			for _, pkg := range []string{"os", "strings"} {
				if strings.Contains(test.source, pkg+".") {
					imports += `"` + pkg + "\"\n"
				}
			}
			write(t, filepath.Join(dir, "go.mod"), "module example/x\n\ngo 1.25\n")
			write(t, filepath.Join(dir, "x_test.go"), imports+")\n\n"+test.source+"\n")

			var out strings.Builder
			report := newReport(&out)
			command := append([]string{"go", "test", "-C", dir, "-json"}, test.args...)
			status, err := run(t.Context(), command, report)
			if err != nil {
				t.Fatal(err)
			}
			status = report.finish(status, regexp.MustCompile("^TestAccAWS"))

			if status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			if !strings.HasSuffix(out.String(), "\n"+test.last+"\n") {
				t.Errorf("the last line is not %q", test.last)
			}
			for _, text := range test.says {
				if !strings.Contains(out.String(), text) {
					t.Errorf("it does not say %q", text)
				}
			}
			for _, text := range test.silent {
				if strings.Contains(out.String(), text) {
					t.Errorf("it says %q", text)
				}
			}
			if t.Failed() {
				t.Logf("all of it, cut:\n%.4000s", out.String())
			}
		})
	}
}

// TestNoSuchCommand keeps a command that cannot be started apart from one that ran and failed.
func TestNoSuchCommand(t *testing.T) {
	_, err := run(t.Context(), []string{filepath.Join(t.TempDir(), "absent")}, newReport(&strings.Builder{}))
	if err == nil {
		t.Fatal("no error")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
