// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Diagnostic is an error or a warning as the CLI writes it with -json: with separate members, and
// with lines that are not wrapped.
type Diagnostic struct {
	Severity, Summary, Detail, Address string
	// Snippet is the part of the configuration that the diagnostic is about.
	Snippet struct{ Code string }
}

// Diagnostics returns what a run with -json wrote, without the warning about development overrides.
func (r Result) Diagnostics(t *testing.T) []Diagnostic {
	t.Helper()
	var found []Diagnostic
	for line := range strings.Lines(r.Stdout) {
		var message struct {
			Type       string
			Diagnostic Diagnostic
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("a line of the output with -json is not JSON: %v: %s%s", err, r.Stdout, r.Stderr)
		}
		if message.Type == "diagnostic" && !isOverride(message.Diagnostic) {
			found = append(found, message.Diagnostic)
		}
	}
	return found
}

// One checks that the run wrote exactly one diagnostic, and returns it.
func (r Result) One(t *testing.T, severity, summary string) Diagnostic {
	t.Helper()
	found := r.Diagnostics(t)
	if len(found) != 1 || found[0].Severity != severity || found[0].Summary != summary {
		t.Fatalf("diagnostics %+v, want one %s %q\n%s", found, severity, summary, r.Stderr)
	}
	return found[0]
}

// Has checks that the run wrote a diagnostic, beside others, and returns it.
func (r Result) Has(t *testing.T, severity, summary string) Diagnostic {
	t.Helper()
	found := r.Diagnostics(t)
	for _, d := range found {
		if d.Severity == severity && d.Summary == summary {
			return d
		}
	}
	t.Fatalf("diagnostics %+v, want the %s %q\n%s", found, severity, summary, r.Stderr)
	return Diagnostic{}
}

// Contains checks that the detail contains each of the phrases.
func (d Diagnostic) Contains(t *testing.T, phrases ...string) {
	t.Helper()
	for _, phrase := range phrases {
		if !strings.Contains(d.Detail, phrase) {
			t.Errorf("the detail of %q does not contain %q:\n%s", d.Summary, phrase, d.Detail)
		}
	}
}

// Validate runs `validate` and returns its diagnostics, without the warning about development
// overrides.
func (w *Workspace) Validate(t *testing.T) []Diagnostic {
	t.Helper()
	r := w.Run(t, "validate", "-json")
	var result struct{ Diagnostics []Diagnostic }
	if err := json.Unmarshal([]byte(r.Stdout), &result); err != nil {
		t.Fatalf("%v: %s%s", err, r.Stdout, r.Stderr)
	}
	return slices.DeleteFunc(result.Diagnostics, isOverride)
}

// isOverride reports whether a diagnostic is the CLI's own warning about a development override.
func isOverride(d Diagnostic) bool { return strings.Contains(d.Summary, "development overrides") }
