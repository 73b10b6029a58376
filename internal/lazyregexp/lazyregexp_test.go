// SPDX-License-Identifier: MPL-2.0

package lazyregexp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every pattern in the code compiles. A pattern that does not would otherwise panic when it is
// first used, and not when the provider starts.
func TestPatternsCompile(t *testing.T) {
	patterns := 0
	err := filepath.WalkDir("..", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || !makesRegexp(call.Fun) {
				return true
			}
			literal, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				return true // framework.Matches passes on its argument.
			}
			patterns++
			pattern, err := strconv.Unquote(literal.Value)
			if err == nil {
				_, err = regexp.Compile(pattern)
			}
			if err != nil {
				t.Errorf("%s: %v", files.Position(call.Pos()), err)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if patterns < 15 {
		t.Errorf("only %d patterns were found", patterns)
	}
}

// makesRegexp reports whether a function is [New], or Matches of package framework.
func makesRegexp(function ast.Expr) bool {
	if selector, ok := function.(*ast.SelectorExpr); ok {
		of, ok := selector.X.(*ast.Ident)
		return ok && (of.Name == "lazyregexp" && selector.Sel.Name == "New" || of.Name == "framework" && selector.Sel.Name == "Matches")
	}
	name, ok := function.(*ast.Ident)
	return ok && name.Name == "Matches"
}
