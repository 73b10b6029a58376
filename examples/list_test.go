// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestListOfExamples checks that README.md lists each example once, and links to it.
func TestListOfExamples(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| \\[`([^`]+)`\\]\\(([^)]+)\\) \\| \\S.*\\. \\|$").FindAllStringSubmatch(string(text), -1) {
		if row[1] != row[2] {
			t.Errorf("the row of %s links to %s", row[1], row[2])
		}
		listed = append(listed, row[1])
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(examples)), listed); diff != "" {
		t.Errorf("examples (-examples_test.go +README.md):\n%s", diff)
	}
}
