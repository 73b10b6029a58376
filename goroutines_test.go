// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unrecovered has the functions that may start a goroutine without recover.
var unrecovered = []struct{ file, function, reason string }{
	{"internal/runcommand/send.go", "withoutInterrupt", "the goroutines cancel contexts, stop a timer, and call no code of the SDK"},
}

// TestGoroutinesRecover checks that a panic in a goroutine cannot end the process of the provider:
// Terraform would lose the results of all other operations, among them commands that were sent.
// Only the goroutine itself can recover.
func TestGoroutinesRecover(t *testing.T) {
	started := 0
	used := make([]bool, len(unrecovered))
	for _, name := range linkedFiles(t) {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.ToSlash(name)
		for _, g := range goroutines(file) {
			started++
			if g.recovers {
				continue
			}
			i := slices.IndexFunc(unrecovered, func(u struct{ file, function, reason string }) bool {
				return u.file == name && u.function == g.function
			})
			if i < 0 {
				t.Errorf("%s:%d: the goroutine does not recover from a panic, which ends the provider: start it with a function literal that defers a recover",
					name, set.Position(g.pos).Line)
				continue
			}
			used[i] = true
		}
	}
	if started == 0 {
		t.Error("no goroutine was found")
	}
	for i, u := range unrecovered {
		if !used[i] {
			t.Errorf("unrecovered: %s in %s starts no goroutine without recover: remove the entry", u.function, u.file)
		}
	}
}

// linkedFiles returns the files of this module that are linked into the provider on any platform,
// relative to this folder. The fake and the helpers of tests are not among them.
func linkedFiles(t *testing.T) []string {
	t.Helper()
	output, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,IgnoredGoFiles", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for packages := json.NewDecoder(bytes.NewReader(output)); ; {
		var p struct {
			ImportPath, Dir         string
			GoFiles, IgnoredGoFiles []string
		}
		if err := packages.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath != module && !strings.HasPrefix(p.ImportPath, module+"/") {
			continue
		}
		dir, err := filepath.Rel(root, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles) {
			if !strings.HasSuffix(name, "_test.go") {
				files = append(files, filepath.Join(dir, name))
			}
		}
	}
	return files
}

// goroutine is a place in the code that starts one.
type goroutine struct {
	function string // The declared function around it.
	pos      token.Pos
	recovers bool
}

// goroutines returns the places in a file that start a goroutine: go statements, calls of a method
// Go, as that of sync.WaitGroup, and calls of AfterFunc. AfterFunc may also call a function named
// cancel or stop: those of contexts and timers do not panic.
func goroutines(file *ast.File) []goroutine {
	var found []goroutine
	for _, declaration := range file.Decls {
		function := ""
		if f, ok := declaration.(*ast.FuncDecl); ok {
			function = f.Name.Name
		}
		ast.Inspect(declaration, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				found = append(found, goroutine{function, node.Pos(), recovers(node.Call.Fun)})
			case *ast.CallExpr:
				called, ok := node.Fun.(*ast.SelectorExpr)
				if !ok || len(node.Args) == 0 {
					break
				}
				last := node.Args[len(node.Args)-1]
				switch called.Sel.Name {
				case "Go":
					found = append(found, goroutine{function, node.Pos(), recovers(last)})
				case "AfterFunc":
					name, ok := last.(*ast.Ident)
					safe := ok && (name.Name == "cancel" || name.Name == "stop")
					found = append(found, goroutine{function, node.Pos(), safe || recovers(last)})
				}
			}
			return true
		})
	}
	return found
}

// recovers reports whether a function is a literal that defers a function literal with a recover.
func recovers(function ast.Expr) bool {
	literal, ok := function.(*ast.FuncLit)
	if !ok {
		return false
	}
	return slices.ContainsFunc(literal.Body.List, func(statement ast.Stmt) bool {
		deferred, ok := statement.(*ast.DeferStmt)
		if !ok {
			return false
		}
		handler, ok := deferred.Call.Fun.(*ast.FuncLit)
		if !ok {
			return false
		}
		calls := false
		ast.Inspect(handler.Body, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
				return false // A recover in them does not end this panic.
			case *ast.CallExpr:
				if name, ok := node.Fun.(*ast.Ident); ok && name.Name == "recover" {
					calls = true
				}
			}
			return true
		})
		return calls
	})
}

// TestGoroutines checks what TestGoroutinesRecover finds.
func TestGoroutines(t *testing.T) {
	const source = `package p

func f() {
	go work()
	go func() { work() }()
	go func() { recover() }()
	go func() { defer func() { go recover() }() }()
	go func() { defer func() { func() { recover() }() }() }()
	group.Go(work)
	time.AfterFunc(d, func() { work() })
	context.AfterFunc(ctx, cancel)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				fail(p)
			}
		}()
		work()
	}()
	group.Go(func() { defer func() { _ = recover() }(); work() })
}
`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range goroutines(file) {
		got = append(got, fmt.Sprintf("%s:%d %t", g.function, set.Position(g.pos).Line, g.recovers))
	}
	want := []string{
		"f:4 false", "f:5 false", "f:6 false", "f:7 false", "f:7 false", "f:8 false", "f:9 false", "f:10 false",
		"f:11 true", "f:12 true", "f:20 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("goroutines (-want +got):\n%s", diff)
	}
}
