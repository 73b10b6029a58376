package runcommand

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"
)

// The schedule is a promise, so it is asserted as data: how long a read that has
// waited so long waits next, without the random part.
func TestScheduleIsData(t *testing.T) {
	var got []string
	for waited, looks := time.Duration(0), 0; looks < 16; looks++ {
		pause := pauseAfter(waited, 0)
		waited += pause
		got = append(got, fmt.Sprintf("%.1f", pause.Seconds()))
	}
	want := strings.Fields("1.0 1.0 1.0 1.0 1.0 1.0 1.2 1.4 1.7 2.1 2.5 3.0 3.6 4.3 5.2 6.2")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, waited := range []time.Duration{50 * time.Second, time.Hour, 48 * time.Hour} {
		if pause := pauseAfter(waited, 0); pause != 10*time.Second {
			t.Errorf("after %s the pause is %s, want 10s", waited, pause)
		}
	}
}

func TestPauseIsShortenedByChanceAndNeverLengthened(t *testing.T) {
	for _, waited := range []time.Duration{0, time.Second, 20 * time.Second, time.Hour} {
		whole := pauseAfter(waited, 0)
		if least := pauseAfter(waited, 0.999999); least < whole*9/10-time.Millisecond || least >= whole {
			t.Errorf("after %s the shortest pause is %s of %s, want 0.9 of it", waited, least, whole)
		}
	}
}

// Only four statuses end a wait. The SDK's enum may grow: a new value goes on, and
// this test fails until somebody has looked at it.
func TestEveryInvocationStatusIsJudged(t *testing.T) {
	want := map[types.CommandInvocationStatus]bool{
		"Pending": false, "InProgress": false, "Delayed": false, "Cancelling": false,
		"Success": true, "Failed": true, "TimedOut": true, "Cancelled": true,
	}
	for _, s := range types.CommandInvocationStatus("").Values() {
		ended, known := want[s]
		if !known {
			t.Errorf("the SDK knows status %q, and this table does not", s)
		}
		if got := invocationEnded(s); got != ended {
			t.Errorf("%s: ended = %t", s, got)
		}
		delete(want, s)
	}
	if len(want) > 0 {
		t.Errorf("not in the SDK any more: %v", want)
	}
	for _, s := range []types.CommandInvocationStatus{"", "Rebooting", "success"} {
		if invocationEnded(s) {
			t.Errorf("unknown status %q ends a wait", s)
		}
	}
}

func TestEveryCommandStatusIsJudged(t *testing.T) {
	want := map[types.CommandStatus]bool{
		"Pending": false, "InProgress": false, "Cancelling": false,
		"Success": true, "Failed": true, "TimedOut": true, "Cancelled": true,
	}
	for _, s := range types.CommandStatus("").Values() {
		ended, known := want[s]
		if !known {
			t.Errorf("the SDK knows status %q, and this table does not", s)
		}
		if got := commandEnded(s); got != ended {
			t.Errorf("%s: ended = %t", s, got)
		}
	}
	if commandEnded("Incomplete") || commandEnded("") {
		t.Error("an unknown status ends a wait")
	}
}

func TestTruncated(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct {
		content string
		limit   int
		want    bool
	}{
		"empty":                               {"", standardOutputLimit, false},
		"short":                               {"hello\n", standardOutputLimit, false},
		"one below the limit":                 {x("x", 23999), standardOutputLimit, false},
		"at the limit":                        {x("x", 24000), standardOutputLimit, true},
		"the agent's cut":                     {x("x", 24000-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"marker, a split rune before it":      {x("x", 23997-len(agentMarker)) + agentMarker, standardOutputLimit, true},
		"short text that ends like it":        {"say " + agentMarker, standardOutputLimit, false},
		"long text that ends like it":         {x("x", 20000) + agentMarker, standardOutputLimit, false},
		"fewer characters than the limit":     {x("é", 12000), standardOutputLimit, true},
		"stderr below the limit":              {x("x", 7999), standardErrorLimit, false},
		"stderr at the limit in bytes":        {x("x", 8000), standardErrorLimit, true},
		"stderr at the limit in characters":   {x("é", 8000), standardErrorLimit, true},
		"stderr between bytes and characters": {x("é", 5000), standardErrorLimit, false},
		"stderr cut inside a rune, replaced":  {x("x", 7999) + "\uFFFD", standardErrorLimit, true},
		"stderr cut inside a rune, dropped":   {x("x", 7998) + "\xe2", standardErrorLimit, true},
		"stderr that the agent cut":           {x("✓", 7993) + x("x", 1) + agentMarker, standardErrorLimit, true},
		"short stderr that ends like it":      {agentMarker, standardErrorLimit, false},
	} {
		if got := truncated(c.content, c.limit); got != c.want {
			t.Errorf("%s (%d bytes): %t, want %t", name, len(c.content), got, c.want)
		}
	}
}

func TestTail(t *testing.T) {
	x := strings.Repeat
	for name, c := range map[string]struct{ in, want string }{
		"empty":              {"", ""},
		"all of a short one": {"one\ntwo\n", "one\ntwo"},
		"Windows line ends":  {"one\r\ntwo\r\n", "one\ntwo"},
		"twenty lines":       {x("line\n", 30), strings.TrimSuffix(x("line\n", 20), "\n")},
		"controls escaped":   {"\x1b[31mred\x07\x00\u202e", `\x1b[31mred\a\x00\u202e`},
		"invalid bytes":      {"a\xffb", "a\uFFFDb"},
		"tab":                {"a\tb", `a\tb`},
	} {
		if got := Tail(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	long := x("é", 5000)
	if got := Tail(long); len(got) > tailBytes || len(got) < tailBytes-4 || !strings.HasSuffix(long, got) {
		t.Errorf("a long line: %d bytes, valid %t", len(got), utf8.ValidString(got))
	}
}

func FuzzTail(f *testing.F) {
	for _, s := range []string{"", "a\nb", "\x1b[0m", strings.Repeat("é", 1500), "\xff\xfe", strings.Repeat("\x00", 3000), strings.Repeat("\n", 90)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Tail(s)
		if len(got) > tailBytes || strings.Count(got, "\n") >= tailLines {
			t.Fatalf("%d bytes, %d line breaks", len(got), strings.Count(got, "\n"))
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if r != '\n' && unicode.IsControl(r) {
				t.Fatalf("control character %U in %q", r, got)
			}
		}
	})
}

func FuzzCleanAndTruncated(f *testing.F) {
	f.Add("a\xffb", true)
	f.Add(strings.Repeat("é", 12000), false)
	f.Fuzz(func(t *testing.T, s string, errors bool) {
		limit := standardOutputLimit
		if errors {
			limit = standardErrorLimit
		}
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
		if len(s) < limit-runeSlack && truncated(s, limit) {
			t.Fatalf("%d bytes are taken for cut at %d", len(s), limit)
		}
	})
}
