// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pages returns the README and every page of docs/, which is made of templates/ and the schemas.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(text)
		}
	}
	return texts
}

// The limits of output have one unit everywhere, that of the API reference.
func TestOutputLimitsAreInCharacters(t *testing.T) {
	limit := regexp.MustCompile(`\b(?:24,000|8,000|2,500)\b[^|,.;:\n]*`)
	found := 0
	for file, text := range pages(t) {
		for _, said := range limit.FindAllString(text, -1) {
			found++
			// "24,000 characters of standard output and 8,000 of standard error" has the unit once.
			if !strings.Contains(said, " characters") && !strings.Contains(said, " of standard error") {
				t.Errorf("%s: %q has no unit, or another", file, said)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d limits were found", found)
	}
}

// VERSIONING.md names every version of Terraform and OpenTofu that CI lists, and no other.
func TestTestedVersionsAreThoseOfCI(t *testing.T) {
	workflow, err := os.ReadFile(filepath.Join(".github", "workflows", "test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("VERSIONING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tested, ok := strings.Cut(string(page), "\n## Tested versions\n")
	if !ok {
		t.Fatal("VERSIONING.md has no section Tested versions")
	}
	var listed []string
	for _, entry := range regexp.MustCompile(`\{ cli: \w+, version: "(~?[0-9.]+)" \}`).FindAllStringSubmatch(string(workflow), -1) {
		version, every := strings.CutPrefix(entry[1], "~")
		if every {
			version = strings.TrimSuffix(version, ".0") // "~1.12.0" is every 1.12.
		}
		listed = append(listed, version)
	}
	named := regexp.MustCompile(`\b1\.\d+(?:\.\d+)?\b`).FindAllString(tested, -1)
	slices.Sort(listed)
	slices.Sort(named)
	if diff := cmp.Diff(listed, named); diff != "" || len(listed) == 0 {
		t.Errorf("versions (-test.yml +VERSIONING.md):\n%s", diff)
	}
}

// The index page has the versions by which tests skip a feature.
func TestIndexNamesTheVersionsOfFeatures(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("internal", "acctest", "feature.go"))
	if err != nil {
		t.Fatal(err)
	}
	index := pages(t)["docs/index.md"]
	for row, name := range map[string]string{
		"import blocks":       "import blocks",
		"functions":           "provider functions",
		"ephemeral resources": "ephemeral resources",
		"write-only arguments, such as `parameters_wo`":     "write-only arguments",
		"import by `identity`":                              "resource identity",
		"actions, and list resources for `terraform query`": "actions",
	} {
		since := regexp.MustCompile(`"` + name + `", (\d+), (-?\d+)\}`).FindStringSubmatch(string(source))
		if since == nil {
			t.Fatalf("internal/acctest/feature.go has no feature %q", name)
		}
		openTofu := "1." + since[2]
		if since[2] == "-1" {
			openTofu = "not supported"
		}
		if want := "| " + row + " | 1." + since[1] + " | " + openTofu + " |\n"; !strings.Contains(index, want) {
			t.Errorf("docs/index.md has no row %q", want)
		}
	}
}

// The permissions of the index page are those of the guide.
func TestIndexHasThePolicyOfTheGuide(t *testing.T) {
	policy, err := os.ReadFile(filepath.Join("examples", "guides", "permissions", "read.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(pages(t)["docs/index.md"], strings.TrimSpace(string(policy))) {
		t.Error("docs/index.md has another policy than examples/guides/permissions/read.json")
	}
}

// The index page groups the provider's arguments, each in one group.
func TestIndexGroupsEveryArgument(t *testing.T) {
	page := pages(t)["docs/index.md"]
	_, groups, _ := strings.Cut(page, "\n## Provider arguments\n")
	groups, schema, ok := strings.Cut(groups, "\n## Schema\n")
	if !ok {
		t.Fatal("docs/index.md has no section Provider arguments before the section Schema")
	}
	schema, _, _ = strings.Cut(schema, "\n### Nested Schema")
	names := func(pattern, text string) []string {
		var found []string
		for _, name := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, name[1])
		}
		slices.Sort(found)
		return found
	}
	arguments := names("(?m)^- `(\\w+)`", schema)
	_, list, _ := strings.Cut(groups, "\n* ") // The text above the list also names arguments.
	if diff := cmp.Diff(arguments, names("`(\\w+)`", list)); diff != "" || len(arguments) < 10 {
		t.Errorf("arguments (-schema +groups):\n%s", diff)
	}
}
