// SPDX-License-Identifier: MPL-2.0

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Each assumption about the service names the tests that hold it. A test that was
// renamed or deleted would leave a list that promises what is no longer there.
func TestAssumptionsNameTheirTests(t *testing.T) {
	raw, err := os.ReadFile("ASSUMPTIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	numbered := regexp.MustCompile(`^\| ([0-9]+) \|.*\|([^|]*)\|$`)
	rooms := regexp.MustCompile("`(internal/[a-z]+)` ([^;`]+)")
	next := 1
	for line := range strings.Lines(string(raw)) {
		row := numbered.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			continue
		}
		// Issues and comments refer to an assumption by its number.
		if want := strconv.Itoa(next); row[1] != want {
			t.Errorf("assumption %s, want %s: the numbers have a gap", row[1], want)
		}
		next++
		found := rooms.FindAllStringSubmatch(row[2], -1)
		if len(found) == 0 {
			t.Errorf("assumption %s names no test", row[1])
		}
		for _, room := range found {
			tests := testsIn(t, room[1])
			for name := range strings.SplitSeq(room[2], ",") {
				if name = strings.TrimSpace(name); !tests[name] {
					t.Errorf("assumption %s: %s has no test %q", row[1], room[1], name)
				}
			}
		}
	}
	if next == 1 {
		t.Fatal("ASSUMPTIONS.md has no assumptions")
	}
}

// testsIn returns the names of a room's tests.
func testsIn(t *testing.T, room string) map[string]bool {
	t.Helper()
	files, err := fs.Glob(os.DirFS(room), "*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(room, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			if function, is := declaration.(*ast.FuncDecl); is && function.Recv == nil {
				tests[function.Name.Name] = true
			}
		}
	}
	return tests
}
