// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// hostile is what a script, a proxy, or a service may put into any text: a terminal command, a
// reordering character, a line that CI systems execute, and a secret.
const hostile = "\x1b]0;x\x07\u202e\n::set-output name=approved::true ##vso[task.setvariable variable=PATH]/tmp ##[group]x tok-en-of-a-session"

// command matches what a CI system would execute in a line of a job's log, also after Terraform
// has wrapped the line.
var command = regexp.MustCompile(`(?m)(^|\s)::\w|##[\[A-Za-z]`)

func checkHarmless(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("character %U in %q", r, s)
		}
	}
	if found := command.FindString(s); found != "" {
		t.Errorf("%q would be executed, in %q", found, s)
	}
	if strings.Contains(s, "tok-en-of-a-session") {
		t.Errorf("a secret in %q", s)
	}
}

func TestTextfTakesArgumentsForForeign(t *testing.T) {
	redact.Add("tok-en-of-a-session")
	for name, text := range map[string]Text{
		"string":   Textf("Status %s.", hostile),
		"quoted":   Textf("Status %q.", hostile),
		"error":    Textf("Failed: %s.", errors.New(hostile)),
		"stringer": Textf("At %s.", path.Root(hostile)),
		"list":     Textf("Steps %s.", []string{"one", hostile}),
		"List":     List([]string{hostile}),
		"Quoted":   Quoted([]string{hostile}),
		"Tail":     Tail(hostile, TailLines, TailBytes),
	} {
		t.Run(name, func(t *testing.T) {
			d := Error("Summary", text, Text(hostile))
			checkHarmless(t, d.Detail())
			if name != "Tail" && strings.Contains(string(text), "\n") {
				t.Errorf("a line break of the argument remains in %q", text)
			}
			if again := sanitize(d.Detail()); again != d.Detail() {
				t.Errorf("a second pass changes %q to %q", d.Detail(), again)
			}
		})
	}
	if got := Textf("%s waited %s, %d of %d", Text("a\nb"), time.Minute, 1, 2); got != "a\nb waited 1m0s, 1 of 2" {
		t.Errorf("text of our own was changed: %q", got)
	}
}

func TestTextfBoundsForeignText(t *testing.T) {
	for _, form := range []string{"%s", "%q"} {
		got := string(Textf(form, strings.Repeat("é", 50_000_000)))
		if n := utf8.RuneCountInString(got); n > longestForeign+30 || !strings.HasSuffix(got, " [99998000 more bytes]") {
			t.Errorf("%d characters, ending in %q", n, got[len(got)-40:])
		}
	}
	if got := string(Textf("%s", strings.Repeat("é", longestForeign))); strings.Contains(got, "more") {
		t.Error("a text of exactly the limit is shortened")
	}
}

func TestList(t *testing.T) {
	names := strings.Split(strings.Repeat("n,", 22)+"n", ",")
	for want, in := range map[Text][]string{
		"":            nil,
		"a":           {"a"},
		"a and b":     {"a", "b"},
		"a, b, and c": {"a", "b", "c"},
		Text(strings.Repeat("n, ", 20) + "and 3 more"): names,
	} {
		if got := List(in); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTail(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct{ in, want string }{
		"empty":              {"", ""},
		"line breaks only":   {"\n\n", ""},
		"all of a short one": {"one\ntwo\n", "| one\n| two"},
		"empty line":         {"one\n\ntwo\n", "| one\n| \n| two"},
		"Windows line ends":  {"one\r\ntwo\r\n", "| one\n| two"},
		"twenty lines":       {x("line\n", 30), strings.TrimSuffix(x("| line\n", 20), "\n")},
		"controls escaped":   {"\x1b[31mred\x07\x00\u202e", `| \x1b[31mred\a\x00\u202e`},
		"invalid bytes":      {"a\xffb", "| a\uFFFDb"},
		"tab":                {"a\tb", `| a\tb`},
		"GitHub":             {"::set-output name=a::b\n  ::error::x", "| \\x3a:set-output name=a::b\n|   \\x3a:error::x"},
		"Azure":              {"x ##vso[task.complete]", `| x #\x23vso[task.complete]`},
		"GitHub, older":      {"##[warning]x", `| #\x23[warning]x`},
		"an ARN":             {"arn:aws:s3:::bucket and ::1", "| arn:aws:s3:::bucket and \\x3a:1"},
	} {
		if got := Tail(c.in, TailLines, TailBytes); string(got) != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	long := x("é", 5000)
	got := strings.TrimPrefix(string(Tail(long, TailLines, TailBytes)), tailPrefix)
	if len(got) > TailBytes || len(got) < TailBytes-4 || !strings.HasSuffix(long, got) {
		t.Errorf("a long line: %d bytes, valid %t", len(got), utf8.ValidString(got))
	}
}

func FuzzTail(f *testing.F) {
	redact.Add("tok-en-of-a-session")
	for _, s := range []string{
		"", "a\nb", "\x1b[0m", strings.Repeat("é", 1500), "\xff\xfe", strings.Repeat("\x00", 3000), strings.Repeat("\n", 90),
		hostile, strings.Repeat("#", 2100) + "[x", strings.Repeat(":", 2100) + "x",
	} {
		f.Add(s, TailLines, TailBytes)
	}
	f.Fuzz(func(t *testing.T, s string, lines, bytes int) {
		lines, bytes = max(lines, 0), max(bytes, 0)
		got := string(Tail(s, lines, bytes))
		if got == "" {
			return
		}
		shown := strings.Split(got, "\n")
		size := len(shown) - 1
		for _, line := range shown {
			content, marked := strings.CutPrefix(line, tailPrefix)
			if !marked {
				t.Fatalf("line %q without its prefix", line)
			}
			size += len(content)
		}
		if size > bytes || len(shown) > lines {
			t.Fatalf("%d bytes in %d lines", size, len(shown))
		}
		checkHarmless(t, got)
	})
}
