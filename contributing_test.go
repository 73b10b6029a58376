// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CONTRIBUTING.md has a line for each package under internal/ and cmd/, and no other.
func TestContributingListsEveryPackage(t *testing.T) {
	output, err := exec.Command("go", "list", "./cmd/...", "./internal/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, path := range strings.Fields(string(output)) {
		packages = append(packages, strings.TrimPrefix(path, module+"/"))
	}
	listed := slices.Concat(firstColumn(t, "Architecture", "cmd/"), firstColumn(t, "Architecture", "internal/"))
	slices.Sort(packages)
	slices.Sort(listed)
	if diff := cmp.Diff(packages, listed); diff != "" {
		t.Errorf("packages (-go list +CONTRIBUTING.md):\n%s", diff)
	}
}

// CONTRIBUTING.md has a reason for each direct dependency in go.mod, and for no other module.
func TestContributingListsEveryDependency(t *testing.T) {
	raw, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, required := range file.Require {
		if !required.Indirect {
			direct = append(direct, strings.TrimPrefix(required.Path, "github.com/"))
		}
	}
	listed := firstColumn(t, "Dependencies", "")
	slices.Sort(direct)
	slices.Sort(listed)
	if diff := cmp.Diff(direct, listed); diff != "" {
		t.Errorf("direct dependencies (-go.mod +CONTRIBUTING.md):\n%s", diff)
	}
}

// The files that CONTRIBUTING.md and the decision records name exist.
func TestContributingNamesFilesThatExist(t *testing.T) {
	entries, err := os.ReadDir("decisions")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"CONTRIBUTING.md"}
	for _, entry := range entries {
		texts = append(texts, "decisions/"+entry.Name())
	}
	named := 0
	for _, text := range texts {
		raw, err := os.ReadFile(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range regexp.MustCompile("`((?:internal|scripts|tools|examples)/[a-z_0-9/]+\\.(?:go|sh|mod))`").FindAllSubmatch(raw, -1) {
			named++
			if _, err := os.Stat(string(file[1])); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	if named < 10 {
		t.Errorf("only %d files are named", named)
	}
}

// firstColumn returns the code in the first column of the tables of a section of CONTRIBUTING.md,
// as far as it begins with prefix.
func firstColumn(t *testing.T, section, prefix string) []string {
	t.Helper()
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(text, []byte("\n## "+section+"\n"))
	if !ok {
		t.Fatalf("CONTRIBUTING.md has no section %s", section)
	}
	rest, _, _ = bytes.Cut(rest, []byte("\n## "))
	rest, _, _ = bytes.Cut(rest, []byte("\n### "))
	var column []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(rest, -1) {
		if name := string(row[1]); strings.HasPrefix(name, prefix) {
			column = append(column, name)
		}
	}
	return column
}
