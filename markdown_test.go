// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// The tests of this file begin with TestMarkdown: make prose runs them.

// page is a Markdown file.
type page struct {
	name   string // With slashes, relative to the root of the repository.
	source []byte // Without the front matter, whose lines are empty.
	root   ast.Node
}

// markdownPages parses every Markdown file of the repository.
func markdownPages(t *testing.T) map[string]*page {
	t.Helper()
	parser := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()
	found := map[string]*page{}
	for _, name := range repositoryFiles(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		source, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		source = withoutFrontMatter(source)
		found[name] = &page{name, source, parser.Parse(text.NewReader(source))}
	}
	if len(found) < 30 {
		t.Fatalf("only %d Markdown files were found", len(found))
	}
	return found
}

// withoutFrontMatter replaces the front matter with empty lines, so that line numbers stay.
func withoutFrontMatter(source []byte) []byte {
	rest, has := bytes.CutPrefix(source, []byte("---\n"))
	if !has {
		return source
	}
	matter, rest, closed := bytes.Cut(rest, []byte("\n---\n"))
	if !closed {
		return source
	}
	return append(bytes.Repeat([]byte("\n"), bytes.Count(matter, []byte("\n"))+3), rest...)
}

// at returns the file and line of a node.
func (p *page) at(node ast.Node) string {
	for ; node != nil; node = node.Parent() {
		if position := node.Pos(); position >= 0 && node.Parent() != nil {
			return fmt.Sprintf("%s:%d", p.name, 1+bytes.Count(p.source[:position], []byte("\n")))
		}
	}
	return p.name
}

// textOf returns the text of a heading or link as a reader sees it.
func (p *page) textOf(node ast.Node) string {
	var out strings.Builder
	_ = ast.Walk(node, func(child ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch child := child.(type) {
		case *ast.Text:
			out.Write(child.Segment.Value(p.source))
			if child.SoftLineBreak() || child.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			out.Write(child.Value)
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

// each calls do for every node of type N.
func each[N ast.Node](p *page, do func(N)) {
	_ = ast.Walk(p.root, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if found, is := node.(N); is && entering {
			do(found)
		}
		return ast.WalkContinue, nil
	})
}

var anchorElement = regexp.MustCompile(`<a (?:id|name)="([^"]+)">`)

// anchors returns the fragments that a link to the page can have: those that GitHub and the
// registry give to headings, and those of <a id="...">.
func (p *page) anchors() map[string]bool {
	found := map[string]bool{}
	each(p, func(heading *ast.Heading) {
		base := headingAnchor(p.textOf(heading))
		anchor := base
		for i := 1; found[anchor]; i++ {
			anchor = fmt.Sprintf("%s-%d", base, i)
		}
		found[anchor] = true
	})
	for _, element := range anchorElement.FindAllSubmatch(p.source, -1) {
		found[string(element[1])] = true
	}
	return found
}

// headingAnchor returns the anchor of the first heading with this text: lowercase, with a hyphen
// for each space, and without punctuation.
func headingAnchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}

// ownURL matches the addresses of files of this repository on GitHub.
var ownURL = regexp.MustCompile(`^https://(?:github\.com/ssm-provider/terraform-provider-ssm/(?:blob|tree|raw)/main|` +
	`raw\.githubusercontent\.com/ssm-provider/terraform-provider-ssm/main)/([^?]*)`)

// Links to files of this repository lead to files that exist, and fragments to headings that exist.
// A page of docs/ only has relative links to other pages of docs/, because the registry shows no
// other files. The addresses of other sites are not requested.
func TestMarkdownLinks(t *testing.T) {
	all := markdownPages(t)
	checked := 0
	for _, p := range all {
		check := func(node ast.Node, destination string) {
			target, err := url.Parse(destination)
			if err != nil {
				t.Errorf("%s: %v", p.at(node), err)
				return
			}
			var file string
			own := ownURL.FindStringSubmatch(destination)
			switch {
			case own != nil:
				file, _, _ = strings.Cut(own[1], "#")
			case target.Scheme != "" || target.Host != "":
				if target.Scheme != "https" {
					t.Errorf("%s: the link to %s does not begin with https", p.at(node), destination)
				}
				return
			case target.Path == "":
				file = p.name
			default:
				file = path.Join(path.Dir(p.name), target.Path)
				if strings.HasPrefix(p.name, "docs/") && !strings.HasPrefix(file, "docs/") {
					t.Errorf("%s: the registry does not show %s: link to its address on GitHub", p.at(node), file)
				}
			}
			checked++
			if _, err := os.Stat(filepath.FromSlash(file)); err != nil {
				t.Errorf("%s: the link to %s leads to no file", p.at(node), destination)
				return
			}
			if target.Fragment == "" {
				return
			}
			linked, is := all[path.Clean(file)]
			if !is {
				t.Errorf("%s: the link to %s has a fragment, but the file is not Markdown", p.at(node), destination)
			} else if !linked.anchors()[target.Fragment] {
				t.Errorf("%s: %s has no heading or anchor #%s", p.at(node), linked.name, target.Fragment)
			}
		}
		each(p, func(link *ast.Link) { check(link, string(link.Destination)) })
		each(p, func(image *ast.Image) { check(image, string(image.Destination)) })
		each(p, func(link *ast.AutoLink) { check(link, string(link.URL(p.source))) })
		// A link whose reference is not defined is text.
		each(p, func(node *ast.Text) {
			if line := node.Segment.Value(p.source); bytes.Contains(line, []byte("][")) {
				t.Errorf("%s: the reference of a link is not defined: %s", p.at(node), line)
			}
		})
	}
	if checked < 100 {
		t.Errorf("only %d links were checked", checked)
	}
}

func TestHeadingAnchor(t *testing.T) {
	for heading, want := range map[string]string{
		"Install":                              "install",
		"When the command is sent":             "when-the-command-is-sent",
		"CI and HCP Terraform":                 "ci-and-hcp-terraform",
		"0.1.0 (Unreleased)":                   "010-unreleased",
		"Nested Schema for output_s3.settings": "nested-schema-for-output_s3settings",
		"Systems Manager's limits: output":     "systems-managers-limits-output",
	} {
		if got := headingAnchor(heading); got != want {
			t.Errorf("headingAnchor(%q) = %q, want %q", heading, got, want)
		}
	}
}

// A page has one title at its start. The levels of headings have no gaps, and the headings of a
// section differ, because their anchors would not say which one a link means.
func TestMarkdownHeadings(t *testing.T) {
	for _, p := range markdownPages(t) {
		if strings.HasPrefix(p.name, ".github/") {
			continue // Forms and templates, which become a part of another page.
		}
		level := 0
		path := make([]string, 7)
		seen := map[string]bool{}
		each(p, func(heading *ast.Heading) {
			if heading.Level > level+1 || heading.Level == 1 && level > 0 {
				t.Errorf("%s: a heading of level %d follows one of level %d", p.at(heading), heading.Level, level)
			}
			level = heading.Level
			path[level] = p.textOf(heading)
			section := strings.Join(path[:level+1], "\n")
			if seen[section] {
				t.Errorf("%s: the section has another heading %q", p.at(heading), path[level])
			}
			seen[section] = true
			if strings.HasSuffix(path[level], ".") || strings.HasSuffix(path[level], ":") {
				t.Errorf("%s: the heading ends with punctuation: %q", p.at(heading), path[level])
			}
		})
		if first, is := p.root.FirstChild().(*ast.Heading); !is || first.Level != 1 {
			t.Errorf("%s: does not begin with a title", p.name)
		}
	}
}

// Code blocks name their language, for highlighting, and are at most 80 columns wide: the registry
// shows that many without a scroll bar.
func TestMarkdownCodeBlocks(t *testing.T) {
	blocks := 0
	for _, p := range markdownPages(t) {
		width := func(block ast.Node) {
			blocks++
			lines := block.Lines()
			for i := range lines.Len() {
				segment := lines.At(i)
				line := bytes.TrimRight(segment.Value(p.source), "\n")
				if columns := utf8.RuneCount(line); columns > 80 {
					number := 1 + bytes.Count(p.source[:segment.Start], []byte("\n"))
					t.Errorf("%s:%d: a line of code has %d columns: %s", p.name, number, columns, line)
				}
			}
		}
		each(p, func(block *ast.FencedCodeBlock) {
			if len(block.Language(p.source)) == 0 {
				t.Errorf("%s: the code block names no language: use text for output", p.at(block))
			}
			width(block)
		})
		each(p, func(block *ast.CodeBlock) {
			t.Errorf("%s: the code block is indented: use ``` and a language", p.at(block))
			width(block)
		})
	}
	if blocks < 50 {
		t.Errorf("only %d code blocks were found", blocks)
	}
}

// Every column of a table has a header, every row has the columns of the header, and every image
// has a text for readers who do not see it.
func TestMarkdownTablesAndImages(t *testing.T) {
	tables := 0
	for _, p := range markdownPages(t) {
		each(p, func(table *extensionast.Table) {
			tables++
			for cell := table.FirstChild().FirstChild(); cell != nil; cell = cell.NextSibling() {
				if strings.TrimSpace(p.textOf(cell)) == "" {
					t.Errorf("%s: a column of the table has no header", p.at(table))
				}
			}
			columns := len(table.Alignments)
			for row := table.FirstChild(); row != nil; row = row.NextSibling() {
				// The parser adds missing cells and drops those that are too many, so count the pipes.
				start := row.Pos()
				end := bytes.IndexByte(p.source[start:], '\n')
				if end < 0 {
					end = len(p.source) - start
				}
				line := strings.ReplaceAll(string(p.source[start:start+end]), `\|`, "")
				if cells := strings.Count(strings.Trim(strings.TrimSpace(line), "|"), "|") + 1; cells > columns {
					t.Errorf("%s: a row has %d cells in a table of %d columns", p.at(row), cells, columns)
				}
			}
		})
		each(p, func(image *ast.Image) {
			if strings.TrimSpace(p.textOf(image)) == "" {
				t.Errorf("%s: the image has no text", p.at(image))
			}
		})
	}
	if tables < 20 {
		t.Errorf("only %d tables were found", tables)
	}
}

// Addresses in a text are links, and lines have no invisible differences.
func TestMarkdownText(t *testing.T) {
	for _, p := range markdownPages(t) {
		each(p, func(node *ast.Text) {
			if _, code := node.Parent().(*ast.CodeSpan); code {
				return
			}
			if _, link := node.Parent().(*ast.Link); link {
				return
			}
			if line := node.Segment.Value(p.source); bytes.Contains(line, []byte("://")) {
				t.Errorf("%s: write the address as a link: %s", p.at(node), line)
			}
		})
		for i, line := range strings.Split(string(p.source), "\n") {
			if strings.TrimRight(line, " \t\r") != line {
				t.Errorf("%s:%d: the line ends with a space, a tab, or a carriage return", p.name, i+1)
			}
		}
		if !bytes.HasSuffix(p.source, []byte("\n")) || bytes.HasSuffix(p.source, []byte("\n\n")) {
			t.Errorf("%s: does not end with one line break", p.name)
		}
	}
}
