// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// longestLine is how many characters of a code block the Registry shows without a scroll bar.
const longestLine = 80

// TestLinesFitThePage checks the length of lines in the files that pages show. A line of one word,
// such as an ARN, may be longer.
func TestLinesFitThePage(t *testing.T) {
	t.Parallel()
	shown := []string{".tf", ".tfvars", ".tfrc", ".hcl", ".sh", ".txt"}
	checked := 0
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !slices.Contains(shown, filepath.Ext(path)) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			line = strings.TrimRight(line, "\r\n")
			if n := utf8.RuneCountInString(line); n > longestLine && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s:%d has %d characters, want at most %d", path, number, n, longestLine)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 50 {
		t.Errorf("only %d files were checked", checked)
	}
}
