// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"strings"
	"testing"
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
