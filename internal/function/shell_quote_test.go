// SPDX-License-Identifier: MPL-2.0

//go:build unix

package function_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/function"
)

func TestShellQuote(t *testing.T) {
	for value, want := range map[string]string{
		"":                    `''`,
		"main":                `'main'`,
		"it's":                `'it'\''s'`,
		"'":                   `''\'''`,
		"main; reboot":        `'main; reboot'`,
		"$(reboot) \\ `id`":   "'$(reboot) \\ `id`'",
		"two\nlines\r\n":      "'two\nlines\r\n'",
		"{ }} {":              `'{ }} {'`,
		"{'{":                 `'{'\''{'`,
		"‘’‚‛é":               `'‘’‚‛é'`,
		"not \xff UTF-8 \xc3": "'not \xff UTF-8 \xc3'",
	} {
		if got, ok := quote(t, function.NewShellQuote(), value); !ok || got != want {
			t.Errorf("%q is quoted as %s, want %s", value, got, want)
		}
	}
}

// Each shell passes the value to the program, as one argument.
func TestShellsReadTheValue(t *testing.T) {
	found := 0
	for _, name := range []string{"sh", "dash", "bash", "ksh", "zsh"} {
		shell, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		found++
		t.Run(name, func(t *testing.T) {
			for _, value := range append(values, randomValues(100)...) {
				if quoted, ok := quote(t, function.NewShellQuote(), value); ok {
					checkCommand(t, shell, quoted, value)
					checkScript(t, shell, quoted, value)
				}
			}
		})
	}
	if found == 0 {
		t.Fatal("no shell is installed")
	}
}

// checkCommand runs a command with a quoted value.
func checkCommand(t *testing.T, shell, quoted, value string) {
	t.Helper()
	checkOutput(t, exec.CommandContext(t.Context(), shell, "-c", "printf %s "+quoted), value)
}

// checkScript runs a script as the agent does. The elements after the value are executed, and each
// copy of the value is one argument.
func checkScript(t *testing.T, shell, quoted, value string) {
	t.Helper()
	cmd := agentScript(t, shell, "set -e", "printf '<%s>' "+quoted+" "+quoted, "value="+quoted, `printf '%s' "$value"`)
	checkOutput(t, cmd, "<"+value+"><"+value+">"+value)
}

// agentScript returns a run of a script as the agent runs it: it writes the elements of the
// parameter commands to a file, each followed by a line break, and passes the path to sh -c
// (runscript.go in the agent's source).
func agentScript(t *testing.T, shell string, commands ...string) *exec.Cmd {
	t.Helper()
	script := filepath.Join(t.TempDir(), "_script.sh")
	if err := os.WriteFile(script, []byte(strings.Join(commands, "\n")+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), shell, "-c", script)
}

// If the first line of a script without #! has a control character, dash 0.5.12 takes the file for
// a binary. Then it runs no part of the script. It accepts each value after a #! line.
func TestControlCharacterInTheFirstLine(t *testing.T) {
	for c := byte(1); c < 0x80; c++ {
		value := string([]byte{c})
		quoted, ok := quote(t, function.NewShellQuote(), value)
		if !ok {
			t.Fatalf("%q is refused", value)
		}
		output, err := agentScript(t, "sh", "printf %s "+quoted).Output()
		var exit *exec.ExitError
		if refused := errors.As(err, &exit) && exit.ExitCode() == 126 && len(output) == 0; !refused && (err != nil || string(output) != value) {
			t.Errorf("%q: %q, %v", value, output, err)
		}
		checkOutput(t, agentScript(t, "sh", "#!/bin/sh", "printf %s "+quoted), value)
	}
}

// checkOutput wants a program to succeed, to write this to standard output, and to write nothing to
// standard error or to its directory.
func checkOutput(t *testing.T, cmd *exec.Cmd, want string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr, cmd.Dir = &stdout, &stderr, t.TempDir()
	err := cmd.Run()
	if err != nil || stdout.String() != want || stderr.Len() > 0 {
		t.Errorf("%v of %q wrote %q and %q, want %q: %v", cmd.Args[0], cmd.Args[2], &stdout, &stderr, want, err)
	}
	if files, err := os.ReadDir(cmd.Dir); err != nil || len(files) > 0 {
		t.Errorf("%q made files %v: %v", cmd.Args[2], files, err)
	}
}

func FuzzShellQuote(f *testing.F) {
	for _, value := range append(values, "\x00", "{{ssm:name}}", "\xff'\xc3") {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = value[:min(len(value), 16<<10)] // Linux limits an argument to 128 KiB.
		if quoted, ok := quote(t, function.NewShellQuote(), value); ok {
			checkCommand(t, "sh", quoted, value)
			checkScript(t, "sh", quoted, value)
		}
	})
}
