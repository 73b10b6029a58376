// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"unicode/utf8"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Bounds of the end of an output stream in one message.
const (
	TailLines = 20
	TailBytes = 2000
)

// tailPrefix begins each line of output. CI systems do not execute a line that begins with it.
const tailPrefix = "| "

// Tail returns the end of an output stream, in whole characters. The bounds are the number of
// lines, and the number of bytes without prefixes. Each line begins with "| ". Control characters
// are escaped, because a script can print any bytes. The result is "" for a stream without text.
func Tail(s string, lines, bytes int) Text {
	s = redact.Text(s[max(0, len(s)-examined):])
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if s == "" {
		return ""
	}
	// The loop begins at the end, so that it splits neither a character nor an escape sequence.
	var shown []string
	size := 0
	for more := true; more && len(shown) < lines; {
		start := strings.LastIndexByte(s, '\n') + 1
		if len(shown) > 0 {
			size++ // The line break.
		}
		if size > bytes {
			break
		}
		line, whole := visibleEnd(withoutCommands(strings.ToValidUTF8(s[start:], string(utf8.RuneError))), bytes-size)
		if !whole {
			line = strings.TrimLeft(line, ":#") // It is the end of a longer line, and must not become a log command.
		}
		shown = append([]string{tailPrefix + line}, shown...)
		size += len(line)
		more = whole && start > 0
		s = s[:max(start-1, 0)]
	}
	return Text(sanitize(strings.Join(shown, "\n")))
}

// visibleEnd returns the end of a line, with control characters escaped, in at most room bytes.
// whole is whether that is the whole line.
func visibleEnd(line string, room int) (end string, whole bool) {
	for len(line) > 0 {
		r, n := utf8.DecodeLastRuneInString(line)
		c := visible(r)
		if len(c)+len(end) > room {
			return end, false
		}
		end, line = c+end, line[:len(line)-n]
	}
	return end, true
}
