// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOutputOfStepsTruncated(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		output string
		want   bool
	}{
		"short":                        {"hello\n", false},
		"at the limit":                 {x("x", 2500), true},
		"standard output is truncated": {x("x", 2400) + outputMarker + "\n----------ERROR-------\n" + x("e", 49), true},
		"standard error is truncated":  {x("x", 2498-len(errorMarker)) + errorMarker, true},
		"short, ends like a mark":      {"a" + errorMarker, false},
		"short, contains a mark":       {outputMarker + "a", false},
	} {
		if got := outputTruncated(c.output); got != c.want {
			t.Errorf("%s (%d bytes): %t", name, len(c.output), got)
		}
	}
}

func TestTruncated(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		content string
		limit   int
		want    bool
	}{
		"empty":                                    {"", standardOutputLimit, false},
		"short":                                    {"hello\n", standardOutputLimit, false},
		"one below the limit":                      {x("x", 23999), standardOutputLimit, false},
		"at the limit":                             {x("x", 24000), standardOutputLimit, true},
		"truncated by the agent":                   {x("x", 24000-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"marker, a split rune before it":           {x("x", 23997-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"short text that ends like it":             {"say " + agentMarker, standardOutputLimit, false},
		"long text that ends like it":              {x("x", 20000) + agentMarker, standardOutputLimit, false},
		"fewer characters than the limit":          {x("é", 12000), standardOutputLimit, true},
		"stderr below the limit":                   {x("x", 7999), standardErrorLimit, false},
		"stderr at the limit in bytes":             {x("x", 8000), standardErrorLimit, true},
		"stderr at the limit in characters":        {x("é", 8000), standardErrorLimit, true},
		"stderr between bytes and characters":      {x("é", 5000), standardErrorLimit, false},
		"stderr truncated inside a rune, replaced": {x("x", 7999) + "\uFFFD", standardErrorLimit, true},
		"stderr truncated inside a rune, dropped":  {x("x", 7998) + "\xe2", standardErrorLimit, true},
		"stderr truncated by the agent":            {x("✓", 7993) + x("x", 1) + agentMarker, standardErrorLimit, true},
		"short stderr that ends like it":           {agentMarker, standardErrorLimit, false},
	} {
		if got := truncated(c.content, c.limit); got != c.want {
			t.Errorf("%s (%d bytes): %t, want %t", name, len(c.content), got, c.want)
		}
	}
}

func FuzzCleanAndTruncated(f *testing.F) {
	f.Add("a\xffb", 10)
	f.Add("ééé", 3)
	f.Add("ab\xe2\x82", 5)
	f.Add("ab\uFFFD", 4)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		cleaned := clean(s)
		if !utf8.ValidString(cleaned) {
			t.Fatal("not UTF-8")
		}
		if utf8.ValidString(s) && cleaned != s {
			t.Fatal("a valid text was changed")
		}
		if clean(cleaned) != cleaned {
			t.Fatal("cleaning twice changes more")
		}
		if limit <= runeSlack || limit == standardOutputLimit {
			return
		}
		if len(s) < limit-runeSlack && truncated(s, limit) {
			t.Fatalf("%d bytes count as truncated at %d", len(s), limit)
		}
		if len(s) == limit && !truncated(s, limit) {
			t.Fatalf("%d bytes do not count as truncated at %d", len(s), limit)
		}
	})
}
