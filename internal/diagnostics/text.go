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

// Text is text that may be shown on a terminal: a constant of this program, or the result of
// [Textf], [List], or [Tail]. A string variable does not convert to it by itself, so that text
// from the service, a node, or a credential helper cannot reach a diagnostic unchecked.
type Text string

// longestForeign is how many characters of one text that is not ours a message repeats. A
// broken proxy can return a message of any size.
const longestForeign = 1000

// examined is how many bytes of a long text are searched for secrets at most. Redaction shortens
// a text, so that this is more than what is shown.
const examined = 64 << 10

// Textf formats as [fmt.Sprintf] does. Every argument that is a string, an error, or a
// [fmt.Stringer], and not a Text, is taken for text that is not ours: secrets are removed,
// control and formatting characters (line breaks among them) are escaped, and what is longer
// than 1,000 characters is truncated.
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

// Logged is text that is not ours, as a value for a log. It is made safe when the log writes it: most
// logs are off, and the search for secrets is the longest part of a log line.
type Logged string

// String returns the text without secrets, and as no CI system takes it for a command.
func (l Logged) String() string { return gate(string(Textf("%s", string(l)))) }

// MarshalText is String, for a log in JSON.
func (l Logged) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// foreign is text that is not ours, while it is formatted.
type foreign string

// Format writes the text escaped, or quoted for the verb q.
func (f foreign) Format(state fmt.State, verb rune) {
	text, rest := shorten(string(f))
	if verb == 'q' {
		text = strconv.Quote(strings.ToValidUTF8(text, string(utf8.RuneError)))
	} else {
		text = escape(text)
	}
	_, _ = fmt.Fprint(state, text, rest)
}

// shorten returns the beginning of a text without its secrets, and a remark on what is left out.
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

// escape replaces what does not print by escape sequences, line breaks included.
func escape(s string) string {
	var shown strings.Builder
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		shown.WriteString(visible(r))
	}
	return shown.String()
}

// visible returns a character as it may be shown on a terminal. Control characters and the
// format characters that reorder text (U+202E and others) are shown as escape sequences.
func visible(r rune) string {
	if strconv.IsGraphic(r) {
		return string(r)
	}
	return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
}

// logCommands are the beginnings of the commands that CI systems execute when a job prints them:
// GitHub's runner takes "::" at the start of a line and "##[" anywhere (ActionCommand.cs), the
// agent of Azure Pipelines "##vso[" anywhere (Command.cs). Terraform wraps lines at spaces, so
// that the start of any word can be the start of a line.
var logCommands = []struct {
	pattern lazyregexp.Regexp
	instead string
}{
	{lazyregexp.New(`(^|[\s|]):(:\w)`), `${1}\x3a${2}`},
	{lazyregexp.New(`##([A-Za-z\[])`), `#\x23${1}`},
}

// gate is the last check of a whole message, whatever it was made of. It keeps line breaks, and
// leaves a text that has passed it before as it is.
func gate(s string) string {
	lines := strings.Split(redact.Text(s), "\n")
	for i, line := range lines {
		lines[i] = withoutCommands(escape(line))
	}
	return strings.Join(lines, "\n")
}

// withoutCommands makes a line one that no CI system takes for a command.
func withoutCommands(line string) string {
	for _, command := range logCommands {
		line = command.pattern.Get().ReplaceAllString(line, command.instead)
	}
	return line
}

// mostListed is how many names a message lists.
const mostListed = 20

// List writes names as prose, at most twenty of them, each as text that is not ours.
func List(names []string) Text { return list(names, "%s") }

// Quoted writes names as [List] does, each in quotation marks.
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

// Join writes parts as prose.
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
