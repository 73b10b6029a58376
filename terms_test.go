// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// termList is the list of banned terms. It and this test are exempt.
const termList = "scripts/banned-terms.txt"

// allowedTerms has the phrases that are allowed although a term matches them. An empty file allows
// the phrase in every file.
var allowedTerms = []struct{ file, phrase, reason string }{
	{"", "http.NoBody", "net/http exports this name"},
}

// notSearched has the files, and with a slash at the end the folders, that are not searched.
var notSearched = []string{
	"terms_test.go",
}

// termFiles returns the files that TestBannedTerms searches.
func termFiles(t *testing.T) []string {
	t.Helper()
	patterns := []string{
		"*.go", "*.sh", "*.yml", "*.md", "*.tmpl", "*.tf", "*.hcl", "*.json", "GNUmakefile", ".ci/run",
	}
	found := map[string]bool{}
	var files []string
	for _, name := range repositoryFiles(t) {
		if slices.ContainsFunc(notSearched, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		for _, pattern := range patterns {
			subject := name
			if !strings.Contains(pattern, "/") {
				subject = path.Base(name)
			}
			matched, err := path.Match(pattern, subject)
			if err != nil {
				t.Fatal(err)
			}
			if matched {
				found[pattern] = true
				files = append(files, name)
				break
			}
		}
	}
	for _, pattern := range patterns {
		if !found[pattern] {
			t.Errorf("no file matches %s: change the patterns of this test", pattern)
		}
	}
	return files
}

// TestBannedTerms searches the names and the lines of files for the terms in
// scripts/banned-terms.txt. A phrase that continues on the next line is not found.
func TestBannedTerms(t *testing.T) {
	list, err := os.ReadFile(filepath.FromSlash(termList))
	if err != nil {
		t.Fatal(err)
	}
	var terms []*regexp.Regexp
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		term, err := regexp.Compile("(?i:" + line + ")")
		if err != nil {
			t.Fatalf("%s: %v", termList, err)
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		t.Fatalf("%s has no terms", termList)
	}
	used := make([]bool, len(allowedTerms))
	for _, file := range termFiles(t) {
		for _, term := range terms {
			if term.MatchString(file) {
				t.Errorf("%s: the file name contains a term that %s bans: %s", file, termList, term)
			}
		}
		text, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			rest := strings.TrimRight(line, "\r\n")
			for i, allowed := range allowedTerms {
				if (allowed.file == "" || allowed.file == file) && strings.Contains(rest, allowed.phrase) {
					used[i] = true
					rest = strings.ReplaceAll(rest, allowed.phrase, "")
				}
			}
			for _, term := range terms {
				if match := term.FindString(rest); match != "" {
					t.Errorf("%s:%d: %q matches a term that %s bans: %s", file, number, match, termList, term)
				}
			}
		}
	}
	for i, allowed := range allowedTerms {
		if !used[i] {
			t.Errorf("allowedTerms: %s no longer contains %q: remove the entry", allowed.file, allowed.phrase)
		}
	}
}
