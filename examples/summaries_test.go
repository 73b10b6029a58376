// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// kind is how a summary is shown.
type kind int

const (
	isError kind = 1 << iota
	isWarning
)

// constructors are the functions of package diagnostics that make a diagnostic, with the position
// of the summary in their arguments. The last one is a function in refusal.go that calls them.
var constructors = map[string]struct {
	summary int
	kind    kind
}{
	"Error": {0, isError}, "AttributeError": {1, isError},
	"Warning": {0, isWarning}, "AttributeWarning": {1, isWarning},
	"at": {1, isError},
}

// passedOn are the summaries that are not constants: those of an explanation in request_error.go,
// and the parameter of the function at in refusal.go.
var passedOn = map[string]bool{"f.summary": true, "refusal.go: summary": true}

// summaries returns the summaries of the errors and warnings of the provider, from its source. A
// summary is a constant in a call of a constructor, or in a literal of the struct explanation.
func summaries(t *testing.T) map[string]kind {
	t.Helper()
	dirs, err := filepath.Glob(filepath.FromSlash("../internal/*"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]kind{}
	for _, dir := range dirs {
		switch filepath.Base(dir) {
		case "fakeaws", "acctest", "bench", "docschema":
			continue // The provider does not link these.
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		var files []*ast.File
		var bases []string
		values := map[string][]string{} // The values of variables and constants, by name.
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files, bases = append(files, file), append(bases, filepath.Base(name))
			ast.Inspect(file, func(node ast.Node) bool {
				assign(node, values)
				return true
			})
		}
		for i, file := range files {
			add := func(summary ast.Expr, k kind) {
				said := constants(summary, values)
				if len(said) == 0 && !passedOn[expression(summary)] && !passedOn[bases[i]+": "+expression(summary)] {
					t.Errorf("%s/%s: the summary %s is not a constant: this test cannot check it", dir, bases[i], expression(summary))
				}
				for _, text := range said {
					found[text] |= k
				}
			}
			ast.Inspect(file, func(node ast.Node) bool {
				switch node := node.(type) {
				case *ast.CallExpr:
					called := expression(node.Fun)
					name := strings.TrimPrefix(called, "diagnostics.")
					c, ok := constructors[name]
					inPackage := filepath.Base(dir) == "diagnostics"
					if ok && (called != name || inPackage) && len(node.Args) > c.summary {
						add(node.Args[c.summary], c.kind)
					}
				case *ast.CompositeLit:
					if node.Type != nil && expression(node.Type) == "explanation" && len(node.Elts) > 0 {
						add(node.Elts[0], isError)
					}
				}
				return true
			})
		}
	}
	return found
}

// assign adds the constants that a node gives to names.
func assign(node ast.Node, values map[string][]string) {
	pair := func(names, exprs []ast.Expr) {
		for i, name := range names {
			if i < len(exprs) {
				values[expression(name)] = append(values[expression(name)], constants(exprs[i], values)...)
			}
		}
	}
	switch node := node.(type) {
	case *ast.ValueSpec:
		var names []ast.Expr
		for _, name := range node.Names {
			names = append(names, name)
		}
		pair(names, node.Values)
	case *ast.AssignStmt:
		pair(node.Lhs, node.Rhs)
	}
}

// constants returns the texts that an expression can be: a string literal, a name with known
// values, or a conversion to Text of either.
func constants(e ast.Expr, values map[string][]string) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{text}
		}
	case *ast.Ident:
		return values[e.Name]
	case *ast.CallExpr:
		if strings.TrimPrefix(expression(e.Fun), "diagnostics.") == "Text" && len(e.Args) == 1 {
			return constants(e.Args[0], values)
		}
	}
	return nil
}

// expression writes a name, possibly with a qualifier.
func expression(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return expression(e.X) + "." + e.Sel.Name
	}
	return "?"
}
