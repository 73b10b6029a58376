package runcommand

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// What the agent and the service keep of a stream for GetCommandInvocation.
//
// The agent cuts both streams at 24,000 bytes, its marker inside (amazon-ssm-agent
// iohandler.go, pluginutil.StringPrefix), and only when there are that many; the
// service then keeps 8,000 of stderr. Whether the service counts bytes or
// characters is not documented, so both readings are covered in [truncated].
const (
	standardOutputLimit = 24000
	standardErrorLimit  = 8000
	agentMarker         = "--output truncated--"
	// A cut inside a multi-byte character leaves up to three bytes too few, or a
	// three-byte replacement character in the place of one.
	runeSlack = 3
)

// truncated reports whether content, in the bytes that came over the wire, is a
// stream cut at limit. The service sets no flag: length and the agent's marker
// are all there is. A short text that happens to end like the marker was not cut.
func truncated(content string, limit int) bool {
	n := len(content)
	switch {
	case strings.HasSuffix(content, agentMarker) && n >= standardOutputLimit-runeSlack:
		return true
	case limit == standardOutputLimit:
		return n >= limit
	case n == limit:
		return true
	case n > limit:
		// More bytes than the limit can only be a limit in characters, or a cut
		// rune that was replaced on the way.
		return utf8.RuneCountInString(content) >= limit || (n < limit+runeSlack && endsBroken(content))
	default:
		return n >= limit-runeSlack && endsBroken(content)
	}
}

// endsBroken reports whether the last character is a rune that was cut: invalid
// bytes, or the replacement character that an encoder put in their place.
func endsBroken(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == utf8.RuneError
}

// clean makes a text fit for Terraform, whose strings are UTF-8: each run of
// invalid bytes becomes one U+FFFD, and nothing else changes. A byte limit can
// split a character, and a script may print anything.
func clean(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// text returns a string member of an answer, "" where it is absent.
func text(s *string) string { return clean(aws.ToString(s)) }

// The bounds of the one place where output leaves the state, the tail in an error.
const (
	tailLines = 20
	tailBytes = 2000
)

// Tail returns the end of a stream for an error message: at most 20 lines and
// 2,000 bytes, cut between characters. Control characters are shown as escapes,
// since a diagnostic reaches the terminal raw and a script can print anything.
func Tail(s string) string {
	s = strings.TrimRight(strings.ReplaceAll(clean(s), "\r\n", "\n"), "\n")
	// The escapes only ever make a text longer, so no more than this can be shown.
	if len(s) > tailBytes {
		s = s[len(s)-tailBytes:]
	}
	for !utf8.RuneStart(firstByte(s)) {
		s = s[1:]
	}
	lines := strings.Split(s, "\n")
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	// Written back to front, so that neither a rune nor an escape is cut.
	var shown []string
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if i < len(lines)-1 {
			size++ // The line break.
		}
		line, whole := visibleEnd(lines[i], tailBytes-size)
		if size > tailBytes {
			break
		}
		shown = append([]string{line}, shown...)
		size += len(line)
		if !whole {
			break
		}
	}
	return strings.Join(shown, "\n")
}

// visibleEnd escapes what does not print in line and returns as much of its end
// as fits into room bytes; whole tells whether that was all of it.
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

// visible returns a character as it may be shown on a terminal.
func visible(r rune) string {
	if strconv.IsGraphic(r) {
		return string(r)
	}
	return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
}

// printable returns a text of the service as it may be shown on a terminal.
func printable(s string) string {
	var shown strings.Builder
	for _, r := range clean(s) {
		shown.WriteString(visible(r))
	}
	return shown.String()
}

func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}
