// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const images = "../../images"

// images/ has the files that the program draws, and no other.
func TestImagesAreUpToDate(t *testing.T) {
	pictures, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(images)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, drawn := pictures[entry.Name()]; !drawn {
			t.Errorf("images/%s is not drawn by this program", entry.Name())
		}
	}
	for name, picture := range pictures {
		file, err := os.ReadFile(filepath.Join(images, name))
		if err != nil {
			t.Errorf("%v: run `make pictures`", err)
			continue
		}
		if diff := cmp.Diff(picture.svg, string(file)); diff != "" {
			t.Errorf("images/%s is not up to date: run `make pictures` (-drawn +file):\n%s", name, diff)
		}
	}
}

// The recording is of the demo as it is: it has the titles of the script, and the output that the
// local mock plays.
func TestRecordingIsOfTheDemo(t *testing.T) {
	recording, err := data.ReadFile("data/demo.txt")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../scripts/demo.sh")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, title := range regexp.MustCompile(`(?m)^say "(\d\. .*)"$`).FindAllStringSubmatch(string(script), -1) {
		want = append(want, title[1])
	}
	titles := len(want)
	raw, err := os.ReadFile("../../examples/demo/fake.json")
	if err != nil {
		t.Fatal(err)
	}
	var fake struct {
		Rules []struct {
			Steps []struct {
				StandardOutput string `json:"standard_output"`
				StandardError  string `json:"standard_error"`
			}
		}
	}
	if err := json.Unmarshal(raw, &fake); err != nil {
		t.Fatal(err)
	}
	for _, rule := range fake.Rules {
		for _, step := range rule.Steps {
			for line := range strings.Lines(step.StandardOutput + step.StandardError) {
				want = append(want, strings.TrimSpace(line))
			}
		}
	}
	for _, line := range want {
		if !strings.Contains(string(recording), line) {
			t.Errorf("the recording has no line %q: run `make record`", line)
		}
	}
	if titles != 3 || len(want) < 8 {
		t.Errorf("%d titles and %d lines were found", titles, len(want)-titles)
	}
}

// The pictures are XML, and load nothing: browsers do not load files for an image in a page.
func TestPicturesAreSelfContained(t *testing.T) {
	pictures, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	for name, picture := range pictures {
		decoder := xml.NewDecoder(strings.NewReader(picture.svg))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			switch element.Name.Local {
			case "script", "image", "use", "foreignObject", "a":
				t.Errorf("%s has an element %s", name, element.Name.Local)
			}
			for _, attribute := range element.Attr {
				if attribute.Name.Local == "href" || strings.HasPrefix(attribute.Name.Local, "on") {
					t.Errorf("%s has an attribute %s", name, attribute.Name.Local)
				}
			}
		}
		if strings.Contains(picture.svg, "@import") || strings.Contains(picture.svg, "url(http") {
			t.Errorf("%s loads a file", name)
		}
	}
}

// The alternative text in the pages is the description of the picture, so that it has the figures
// of the picture.
func TestPagesHaveTheDescriptions(t *testing.T) {
	pictures, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	const raw = "https://raw.githubusercontent.com/ssm-provider/terraform-provider-ssm/main/images/"
	shown := map[string]int{}
	pages, err := filepath.Glob("../../templates/*/*.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md", "../../templates/index.md.tmpl") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(text), "![")
		for _, part := range parts[1:] {
			alternative, rest, _ := strings.Cut(part, "](")
			address, _, _ := strings.Cut(rest, ")")
			if !strings.Contains(address, "images/") {
				continue // A badge.
			}
			prefix := raw
			if filepath.Base(page) == "README.md" {
				prefix = "images/"
			}
			name, found := strings.CutPrefix(address, prefix)
			if _, drawn := pictures[name]; !found || !drawn {
				t.Errorf("%s: %s is not %s and the name of a picture", page, address, prefix)
				continue
			}
			shown[name]++
			want := pictures[name].description
			if diff := cmp.Diff(want, strings.Join(strings.Fields(alternative), " ")); diff != "" {
				t.Errorf("%s: the alternative text of %s is not its description (-picture +page):\n%s", page, name, diff)
			}
		}
	}
	for name := range pictures {
		if shown[name] == 0 {
			t.Errorf("no page shows images/%s", name)
		}
	}
}
