// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Text is text that is safe on a terminal: a constant of this program, or the result of [Textf],
// [List], or [Tail]. Go does not convert a string variable to Text implicitly, so foreign text from
// the service, a node, or a credential helper cannot reach a diagnostic unchecked.
type Text string

// longestForeign is the maximum number of characters of one foreign text in a message. A broken
// proxy can return a message of any size.
const longestForeign = 1000

// examined is the maximum number of bytes of a text that are searched for secrets. It is more than
// a message shows, because redaction shortens a text.
const examined = 64 << 10

// Textf formats as [fmt.Sprintf] does. Every argument that is a string, an error, or a
// [fmt.Stringer], and not a Text, is foreign text: Textf removes secrets, escapes control and
// formatting characters, including line breaks, and truncates text after 1,000 characters.
func Textf(format string, args ...any) Text {
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case Text:
			safe[i] = arg
		case string:
			safe[i] = foreign(arg)
		case error:
			safe[i] = foreign(arg.Error())
		case fmt.Stringer:
			safe[i] = foreign(arg.String())
		case []string:
			safe[i] = List(arg)
		default:
			safe[i] = arg
		}
	}
	return Text(fmt.Sprintf(format, safe...))
}

// Logged is foreign text as a value for a log. It is sanitized only when the log writes it: most
// logs are off, and the search for secrets takes longer than the rest of a log line.
type Logged string

// String returns the text without secrets and log commands.
func (l Logged) String() string { return sanitize(string(Textf("%s", string(l)))) }

// MarshalText returns the same text, for a log in JSON.
func (l Logged) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// foreign is foreign text that Textf formats.
type foreign string

// Format writes the text with escape sequences, or quoted for the verb q.
func (f foreign) Format(state fmt.State, verb rune) {
	text, rest := shorten(string(f))
	if verb == 'q' {
		text = strconv.Quote(strings.ToValidUTF8(text, string(utf8.RuneError)))
	} else {
		text = escape(text)
	}
	_, _ = fmt.Fprint(state, text, rest)
}

// shorten returns the beginning of a text without secrets, and a note about the rest, or "".
func shorten(s string) (text, rest string) {
	text = redact.Text(s[:min(len(s), examined)])
	characters := 0
	for i := range text {
		if characters == longestForeign {
			return text[:i], fmt.Sprintf(" [%d more bytes]", len(s)-i)
		}
		characters++
	}
	return text, ""
}

// escape replaces characters that do not print, including line breaks, with escape sequences.
func escape(s string) string {
	var shown strings.Builder
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		shown.WriteString(visible(r))
	}
	return shown.String()
}

// visible returns a character, or an escape sequence for a control character and for a formatting
// character that reorders text, such as U+202E.
func visible(r rune) string {
	if strconv.IsGraphic(r) {
		return string(r)
	}
	return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
}

// logCommands are the beginnings of commands that CI systems execute when a job prints them. The
// runner of GitHub executes "::" at the start of a line and "##[" anywhere (ActionCommand.cs). The
// agent of Azure Pipelines executes "##vso[" anywhere (Command.cs). Terraform wraps lines at
// spaces, so the start of any word can be the start of a line.
var logCommands = []struct {
	pattern lazyregexp.Regexp
	instead string
}{
	{lazyregexp.New(`(^|[\s|]):(:\w)`), `${1}\x3a${2}`},
	{lazyregexp.New(`##([A-Za-z\[])`), `#\x23${1}`},
}

// sanitize makes a whole message safe: it removes secrets, control characters other than line
// breaks, and log commands. A second call does not change the result.
func sanitize(s string) string {
	lines := strings.Split(redact.Text(s), "\n")
	for i, line := range lines {
		lines[i] = withoutCommands(escape(line))
	}
	return strings.Join(lines, "\n")
}

// withoutCommands changes a line so that no CI system executes it as a command.
func withoutCommands(line string) string {
	for _, command := range logCommands {
		line = command.pattern.Get().ReplaceAllString(line, command.instead)
	}
	return line
}

// mostListed is the maximum number of names in a list.
const mostListed = 20

// List returns foreign names as prose, such as "a, b, and c", at most mostListed of them.
func List(names []string) Text { return list(names, "%s") }

// Quoted returns names as [List] does, each in quotation marks.
func Quoted(names []string) Text { return list(names, "%q") }

func list(names []string, form string) Text {
	var shown []Text
	for _, name := range names[:min(len(names), mostListed)] {
		shown = append(shown, Textf(form, name))
	}
	if rest := len(names) - mostListed; rest > 0 {
		shown = append(shown, Text(fmt.Sprintf("%d more", rest)))
	}
	return Join(shown)
}

// Join returns parts as prose, such as "a, b, and c".
func Join(parts []Text) Text {
	switch n := len(parts); n {
	case 0:
		return ""
	case 1:
		return parts[0]
	case 2:
		return parts[0] + " and " + parts[1]
	default:
		var joined strings.Builder
		for _, part := range parts[:n-1] {
			joined.WriteString(string(part) + ", ")
		}
		return Text(joined.String()) + "and " + parts[n-1]
	}
}
