// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var decision = regexp.MustCompile(`^# (\d+)\. ([^\n]+)\n\n\* Status: ([^\n]+)\n(?:  [^\n]+\n)*\* Date: (\d{4}-\d{2}-\d{2})\n\n## `)

// Each decision record begins with its number, title, status, and date, and has the same sections.
// The table in decisions/README.md has a row for each record, with the same title and date.
func TestDecisionRecords(t *testing.T) {
	files, err := filepath.Glob("decisions/[0-9]*.md")
	if err != nil || len(files) < 9 {
		t.Fatalf("decisions/ has %d records: %v", len(files), err)
	}
	index, err := os.ReadFile("decisions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Count(string(index), "\n| [")
	if rows != len(files) {
		t.Errorf("decisions/README.md has %d rows for %d records", rows, len(files))
	}
	for i, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head := decision.FindStringSubmatch(string(raw))
		if head == nil {
			t.Errorf("%s: does not begin with number, title, status, and date", file)
			continue
		}
		name := filepath.Base(file)
		if head[1] != fmt.Sprint(i+1) || !strings.HasPrefix(name, fmt.Sprintf("%04d-", i+1)) {
			t.Errorf("%s: number %s, want %d", file, head[1], i+1)
		}
		if !strings.HasPrefix(head[3], "accepted") && !strings.HasPrefix(head[3], "superseded") {
			t.Errorf("%s: status %q", file, head[3])
		}
		if _, err := time.Parse(time.DateOnly, head[4]); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		sections := []string{"Decision", "Reasons", "Alternatives", "Revisit", "Common mistakes"}
		last := 0
		for _, section := range sections {
			at := strings.Index(string(raw), "\n## "+section+"\n")
			if at <= last {
				t.Errorf("%s: has no section %s, or in another order", file, section)
			}
			last = at
		}
		row := regexp.MustCompile(fmt.Sprintf(`\n\| \[%s\]\(%s\) \| %s \| [^|]+ \| %s \|\n`,
			head[1], regexp.QuoteMeta(name), regexp.QuoteMeta(head[2]), head[4]))
		if !row.Match(index) {
			t.Errorf("decisions/README.md has no row with %q, %q, and %s", name, head[2], head[4])
		}
	}
}
