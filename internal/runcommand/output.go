// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Stream is standard output or standard error of a step.
type Stream struct {
	// Content is nil until the step is complete, and for an invocation with several steps; "" is
	// an empty stream.
	Content *string
	// Truncated tells whether the service keeps only the beginning.
	Truncated bool
	// URL is the object in S3, "" if the command does not write there. It is given for an empty
	// stream too, which has no object.
	URL string
}

// Empty reports whether nothing was written, as far as is known.
func (s Stream) Empty() bool { return s.Content == nil || *s.Content == "" }

// Size is how many bytes of the stream there are here.
func (s Stream) Size() int { return len(aws.ToString(s.Content)) }

// set takes a content as it was received. Truncation is decided before a replaced byte changes the
// length.
func (s *Stream) set(raw string, limit int) {
	s.Truncated = truncated(raw, limit)
	content := clean(raw)
	s.Content = &content
}

// What the agent and the service keep of a stream for GetCommandInvocation.
//
// The agent truncates both streams at 24,000 bytes, its marker included (amazon-ssm-agent
// iohandler.go, pluginutil.StringPrefix), and only if there are that many; the service then keeps
// 8,000 of stderr. Whether the service counts bytes or characters is not documented, so [truncated]
// covers both.
const (
	standardOutputLimit = 24000
	standardErrorLimit  = 8000
	agentMarker         = "--output truncated--"
	// A limit inside a multi-byte character leaves up to three bytes too few, or a replacement
	// character of three bytes in place of one.
	runeSlack = 3
)

// truncated reports whether content, as it was received, is a stream that was truncated at limit.
// The service sets no flag: only the length and the agent's marker tell. A short text that ends like
// the marker is not truncated.
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
		// More bytes than the limit can only be a limit in characters, or a split character that
		// was replaced on the way.
		return utf8.RuneCountInString(content) >= limit || (n < limit+runeSlack && endsBroken(content))
	default:
		return n >= limit-runeSlack && endsBroken(content)
	}
}

// endsBroken reports whether the last character was split: invalid bytes, or the replacement
// character that an encoder put in their place.
func endsBroken(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == utf8.RuneError
}

// clean returns a text as valid UTF-8: each run of invalid bytes becomes one U+FFFD, and nothing
// else changes. A limit in bytes can split a character, and a script may print anything.
func clean(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

// text returns a string member of a response, "" if it is absent.
func text(s *string) string { return clean(aws.ToString(s)) }

// What the agent keeps of both streams together for the list operation, and its two markers
// (amazon-ssm-agent iohandler.go, TruncateOutput). The truncated text is as long as the limit, less
// the bytes of a character that was split at either place.
const (
	outputLimit  = 2500
	outputMarker = "\n---Output truncated---"
	errorMarker  = "\n---Error truncated----"
	markersSlack = 2 * runeSlack
)

// outputTruncated reports whether the output of an entry is truncated.
func outputTruncated(output string) bool {
	marked := strings.Contains(output, outputMarker) || strings.HasSuffix(output, errorMarker)
	return len(output) >= outputLimit || marked && len(output) >= outputLimit-markersSlack
}
