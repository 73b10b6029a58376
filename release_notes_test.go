// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scripts/release-notes.sh prints the section of one version, and fails without text.
func TestReleaseNotes(t *testing.T) {
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	if err := os.WriteFile(changelog, []byte(`# Changelog

## [Unreleased]

- Not released.

## [1.10.0] - 2026-12-01

### Added

- An entry of
  two lines.

## [1.1.0] - 2026-11-01

## [1.0.0] - 2026-10-01

- The first.

[1.0.0]: https://example.com/1.0.0
[1.10.0]: https://example.com/1.10.0
`), 0o600); err != nil {
		t.Fatal(err)
	}
	notes := func(version string) (string, error) {
		out, err := exec.Command("scripts/release-notes.sh", version, changelog).Output()
		return string(out), err
	}
	for version, want := range map[string]string{
		"1.10.0": "### Added\n\n- An entry of two lines.\n",
		"1.0.0":  "- The first.\n",
	} {
		got, err := notes(version)
		if err != nil {
			t.Fatalf("%s: %v", version, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notes of %s:\n%s", version, diff)
		}
	}
	// Empty, missing, the beginning of another version, a pattern, and no version.
	for _, version := range []string{"1.1.0", "2.0.0", "1.1", "1.1..0", ""} {
		if got, err := notes(version); err == nil {
			t.Errorf("notes of %q: %q, want an error", version, got)
		}
	}
}

// scripts/check-key.sh compares whole fingerprints, and accepts no key before SECURITY.md has one.
func TestCheckKey(t *testing.T) {
	const key = "0123456789ABCDEF0123456789ABCDEF01234567"
	file := filepath.Join(t.TempDir(), "SECURITY.md")
	if err := os.WriteFile(file, []byte("The fingerprint is `"+key+"`.\nNot a key: "+key+"89\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(arguments ...string) error { return exec.Command("scripts/check-key.sh", arguments...).Run() }
	if err := check(key, file); err != nil {
		t.Errorf("the published key: %v", err)
	}
	for name, arguments := range map[string][]string{
		"another key":   {"F123456789ABCDEF0123456789ABCDEF01234567", file},
		"part of a key": {key[:39], file},
		"no key":        {"", file},
		"not published": {key},
	} {
		if err := check(arguments...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
