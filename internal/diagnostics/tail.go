// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"unicode/utf8"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Bounds of the end of an output stream in one message, in lines and in bytes.
const (
	TailLines = 20
	TailBytes = 2000
)

// tailPrefix marks a line of output. No CI system executes a line that begins with it.
const tailPrefix = "| "

// Tail returns the end of an output stream: at most the given number of lines, and of bytes
// between the line breaks and prefixes, with whole characters only. Each line begins with "| ".
// Control characters are escaped, since a script can print anything. The result is "" for a
// stream without text.
func Tail(s string, lines, bytes int) Text {
	s = redact.Text(s[max(0, len(s)-examined):])
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if s == "" {
		return ""
	}
	// Written back to front, so that neither a character nor an escape sequence is split.
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
			line = strings.TrimLeft(line, ":#") // The rest of something longer, not a command.
		}
		shown = append([]string{tailPrefix + line}, shown...)
		size += len(line)
		more = whole && start > 0
		s = s[:max(start-1, 0)]
	}
	return Text(gate(strings.Join(shown, "\n")))
}

// visibleEnd escapes what does not print in line and returns as much of its end as fits into
// room bytes. whole tells whether that was all of it.
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
