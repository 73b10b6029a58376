package acctest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Diagnostic is an error or a warning as the CLI writes it with -json: not wrapped, and with its parts apart.
type Diagnostic struct {
	Severity, Summary, Detail, Address string
	// Snippet has the code that is to blame.
	Snippet struct{ Code string }
}

// Diagnostics are those that a run with -json wrote, less the warning that a development override is in use.
func (r Result) Diagnostics(t *testing.T) []Diagnostic {
	t.Helper()
	var found []Diagnostic
	for line := range strings.Lines(r.Stdout) {
		var message struct {
			Type       string
			Diagnostic Diagnostic
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("a line of -json that is none: %v: %s%s", err, r.Stdout, r.Stderr)
		}
		if message.Type == "diagnostic" && !ofOverride(message.Diagnostic) {
			found = append(found, message.Diagnostic)
		}
	}
	return found
}

// Only wants the run to have written one diagnostic and no other, and returns it.
func (r Result) Only(t *testing.T, severity, summary string) Diagnostic {
	t.Helper()
	found := r.Diagnostics(t)
	if len(found) != 1 || found[0].Severity != severity || found[0].Summary != summary {
		t.Fatalf("diagnostics %+v, want one %s %q\n%s", found, severity, summary, r.Stderr)
	}
	return found[0]
}

// Says wants the detail to hold each of the phrases.
func (d Diagnostic) Says(t *testing.T, phrases ...string) {
	t.Helper()
	for _, phrase := range phrases {
		if !strings.Contains(d.Detail, phrase) {
			t.Errorf("the detail of %q lacks %q:\n%s", d.Summary, phrase, d.Detail)
		}
	}
}

// Validate runs `validate` and returns what it says, less the warning that a development override is in use.
func (w *Workspace) Validate(t *testing.T) []Diagnostic {
	t.Helper()
	r := w.Run(t, "validate", "-json")
	var verdict struct{ Diagnostics []Diagnostic }
	if err := json.Unmarshal([]byte(r.Stdout), &verdict); err != nil {
		t.Fatalf("%v: %s%s", err, r.Stdout, r.Stderr)
	}
	return slices.DeleteFunc(verdict.Diagnostics, ofOverride)
}

// ofOverride picks out the CLI's own warning about how the provider got here.
func ofOverride(d Diagnostic) bool { return strings.Contains(d.Summary, "development overrides") }
