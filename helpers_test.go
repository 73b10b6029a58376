// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
)

// repositoryFiles returns the files of the repository, with slashes, without those that tools
// write.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			files = append(files, filepath.ToSlash(name))
		case slices.Contains([]string{".git", ".cache", ".terraform", "dist"}, entry.Name()):
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
