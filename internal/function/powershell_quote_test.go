// SPDX-License-Identifier: MPL-2.0

package function_test

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/function"
)

func TestPowerShellQuote(t *testing.T) {
	for value, want := range map[string]string{
		"":                           `''`,
		"main":                       `'main'`,
		"it's":                       `'it''s'`,
		"'":                          `''''`,
		"’; Restart-Computer; ‘":     `'’’; Restart-Computer; ‘‘'`,
		"‘’‚‛":                       `'‘‘’’‚‚‛‛'`,
		"“$(whoami)” `n $env:TEMP „": "'“$(whoami)” `n $env:TEMP „'",
		"two\nlines\r\n":             "'two\nlines\r\n'",
		"{ }} {":                     `'{ }} {'`,
		"{'{":                        `'{''{'`,
	} {
		if got, ok := quote(t, function.NewPowerShellQuote(), value); !ok || got != want {
			t.Errorf("%q is quoted as %s, want %s", value, got, want)
		}
	}
}

func TestPowerShellReadsTheValue(t *testing.T) {
	for _, value := range append(values, randomValues(2000)...) {
		if quoted, ok := quote(t, function.NewPowerShellQuote(), value); ok {
			checkLiterals(t, quoted, value)
		}
	}
}

func FuzzPowerShellQuote(f *testing.F) {
	for _, value := range append(values, "\x00", "{{ssm:name}}") {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = strings.ToValidUTF8(value, "?") // As every string of Terraform is.
		if quoted, ok := quote(t, function.NewPowerShellQuote(), value); ok {
			checkLiterals(t, quoted, value)
		}
	})
}

// checkLiterals reads a line with a quoted value twice, and a third word after it.
func checkLiterals(t *testing.T, quoted, value string) {
	t.Helper()
	rest := []rune(quoted + " " + quoted + " end")
	for range 2 {
		got, after, ok := literal(rest)
		if !ok || got != value || after[0] != ' ' {
			t.Fatalf("%q is quoted as %s, which PowerShell reads as %q, followed by %q", value, quoted, got, string(after))
		}
		rest = after[1:]
	}
	if string(rest) != "end" {
		t.Errorf("%q is quoted as %s, which leaves %q", value, quoted, string(rest))
	}
}

// literal reads a single-quoted string literal at the beginning of PowerShell source, by the
// grammar of the language specification: verbatim-string-literal is a quote, characters, and a
// quote, where two quotes in a row stand for the second. It returns the value and the source after
// the literal.
func literal(source []rune) (value string, rest []rune, ok bool) {
	isQuote := func(i int) bool {
		return i < len(source) && strings.ContainsRune("'\u2018\u2019\u201a\u201b", source[i])
	}
	if !isQuote(0) {
		return "", source, false
	}
	var read []rune
	for i := 1; i < len(source); i++ {
		switch {
		case isQuote(i) && isQuote(i+1):
			i++
			read = append(read, source[i])
		case isQuote(i):
			return string(read), source[i+1:], true
		default:
			read = append(read, source[i])
		}
	}
	return "", source, false
}

// The parser of this test rejects what PowerShell rejects. Otherwise the tests above prove nothing.
func TestLiteralEndsAtEachQuote(t *testing.T) {
	for source, want := range map[string]string{
		"'a'; b": "; b", "'a’; b": "; b", "‘a‚; b": "; b", "'a‛'b' c": " c", "'a''": "none", "'a": "none", "a": "none", "": "none",
	} {
		_, rest, ok := literal([]rune(source))
		if !ok {
			rest = []rune("none")
		}
		if string(rest) != want {
			t.Errorf("after the literal in %q: %q, want %q", source, string(rest), want)
		}
	}
}
