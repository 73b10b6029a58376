// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object on the wire. Members are in alphabetical order and unset members are
// absent, as in every recorded body. encoding/json would replace bytes that are not UTF-8.
type object map[string]any

// epoch is a timestamp of the list APIs: seconds since 1970 with milliseconds.
type epoch time.Time

// encoder writes the service's compact JSON.
type encoder struct {
	bytes.Buffer
	plainTimestamps, replaceInvalid bool
}

func (e *encoder) value(v any) {
	switch v := v.(type) {
	case object:
		e.object(v)
	case []object:
		list(e, v)
	case []string:
		list(e, v)
	case map[string][]string:
		o := make(object, len(v))
		for name, values := range v {
			o[name] = values
		}
		e.object(o)
	case string:
		e.text(v)
	case bool:
		e.WriteString(strconv.FormatBool(v))
	case int:
		e.WriteString(strconv.Itoa(v))
	case epoch:
		e.WriteString(e.timestamp(time.Time(v)))
	default:
		panic(fmt.Sprintf("fakeaws: no wire form for %T", v))
	}
}

func (e *encoder) object(o object) {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	e.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			e.WriteByte(',')
		}
		e.text(name)
		e.WriteByte(':')
		e.value(o[name])
	}
	e.WriteByte('}')
}

func list[T any](e *encoder, values []T) {
	e.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			e.WriteByte(',')
		}
		e.value(v)
	}
	e.WriteByte(']')
}

// text writes a string with JSON's own escapes only: no HTML escapes, and bytes that are not UTF-8
// unchanged.
func (e *encoder) text(s string) {
	if e.replaceInvalid && !utf8.ValidString(s) {
		s = replaceInvalidBytes(s)
	}
	e.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			e.WriteByte('\\')
			e.WriteByte(c)
		case '\n':
			e.WriteString(`\n`)
		case '\r':
			e.WriteString(`\r`)
		case '\t':
			e.WriteString(`\t`)
		case '\b':
			e.WriteString(`\b`)
		case '\f':
			e.WriteString(`\f`)
		default:
			if c < 0x20 {
				fmt.Fprintf(e, `\u%04X`, c)
			} else {
				e.WriteByte(c)
			}
		}
	}
	e.WriteByte('"')
}

// timestamp writes 1.541761816338E9, as Java formats a double of that size, or 1541761816.338.
func (e *encoder) timestamp(t time.Time) string {
	seconds := float64(t.UnixMilli()) / 1000
	if e.plainTimestamps {
		return strconv.FormatFloat(seconds, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(seconds, 'E', -1, 64), "E")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exponent)
	return mantissa + "E" + strconv.Itoa(n)
}

// replaceInvalidBytes replaces every byte that is not UTF-8 with U+FFFD, like Go's JSON encoder in
// the agent.
func replaceInvalidBytes(s string) string { return string([]rune(s)) }

// stringsOrNone is a list on the wire: the service sends [] for an empty list, never null.
func stringsOrNone(values []string) []string { return slices.Concat([]string{}, values) }

// isoMillis is the agent's format for the times in GetCommandInvocation.
const isoMillis = "2006-01-02T15:04:05.000Z"

// endTime is ExecutionEndDateTime. The service adds whole seconds to the start time, so a run of
// PT0.541S ends when it started, as in every recorded response from 2019 to 2026.
func endTime(start time.Time, elapsed time.Duration) time.Time {
	return start.Add(elapsed.Truncate(time.Second))
}

// javaDuration formats a duration like java.time.Duration: PT0.02S, PT1M5S, PT1H0.271S.
func javaDuration(d time.Duration) string {
	if d <= 0 {
		return "PT0S"
	}
	hours, minutes, rest := d/time.Hour, d%time.Hour/time.Minute, d%time.Minute
	out := "PT"
	if hours > 0 {
		out += strconv.Itoa(int(hours)) + "H"
	}
	if minutes > 0 {
		out += strconv.Itoa(int(minutes)) + "M"
	}
	if rest > 0 || out == "PT" {
		out += strconv.FormatFloat(rest.Seconds(), 'f', -1, 64) + "S"
	}
	return out
}
