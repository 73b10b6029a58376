// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module is the path that a -X flag would name another room of this project by.
const module = "github.com/ssm-provider/terraform-provider-ssm"

// The linker ignores a -X flag that names nothing, and then a release says it is
// version "dev", in its own user agent too. Nothing else would notice.
func TestReleaseFlagsNameVariables(t *testing.T) {
	var named []string
	for _, line := range releaseFile(t) {
		for _, flag := range regexp.MustCompile(`-X[ =]'?([^= ]+)=`).FindAllStringSubmatch(line, -1) {
			named = append(named, flag[1])
		}
	}
	if len(named) == 0 {
		t.Fatal("no -X flag: nothing gives the release its version")
	}
	for _, name := range named {
		room, variable := path.Split(name)
		pkg, variable, _ := strings.Cut(variable, ".")
		folder, ours := strings.CutPrefix(room+pkg, module)
		if room+pkg != "main" && !ours {
			t.Errorf("-X %s names a package that is not of this project", name)
			continue
		}
		if room+pkg == "main" {
			folder = ""
		}
		if !declaresString(t, filepath.Join(".", folder), variable) {
			t.Errorf("-X %s names no variable that holds a string: the linker would ignore it without a word", name)
		}
	}
}

// The 13 platforms that providers are released for, as HashiCorp's own template
// has them, less windows_arm, which Go builds no more since 1.26.
func TestReleaseTargets(t *testing.T) {
	want := []string{
		"darwin_amd64", "darwin_arm64",
		"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
		"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
		"windows_386", "windows_amd64", "windows_arm64",
	}
	if diff := cmp.Diff(want, items(releaseFile(t), "targets:")); diff != "" {
		t.Errorf("targets of .goreleaser.yml:\n%s", diff)
	}
}

// The registry reads the protocol from the manifest. Without one it takes a
// provider for one of protocol 5, and Terraform then refuses to install this one.
func TestReleaseManifest(t *testing.T) {
	const file = "terraform-registry-manifest.json"
	for section, want := range map[string]string{"checksum:": "glob: " + file, "release:": "- *manifest"} {
		if !slices.ContainsFunc(within(releaseFile(t), section), func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("%s of .goreleaser.yml has no line %q: the manifest would be missing there", section, want)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.Protocols, []string{"6.0"}) {
		t.Errorf("%s: %+v, want version 1 and protocol 6.0, which main.go serves", file, manifest)
	}
}

// The settings without which a release is not what SECURITY.md says: a binary
// needs the C library or contains the paths of the builder, two builds of a commit
// differ, an SBOM comes from a tool that is not pinned, or a signature is missing.
// goreleaser ignores --release-notes if the changelog is disabled.
func TestReleaseKeepsItsPromises(t *testing.T) {
	lines := releaseFile(t)
	for section, wants := range map[string][]string{
		"builds:":   {"- CGO_ENABLED=0", "- -trimpath", "mod_timestamp:"},
		"archives:": {`mtime: "{{ .CommitDate }}"`, "mode: 0644"},
		"sboms:":    {"artifacts: binary", "cmd: cyclonedx-gomod"},
		"signs:":    {"artifacts: checksum", "artifacts: sbom", "{{ .Env.GPG_FINGERPRINT }}"},
		"checksum:": {"ids: [zip]"},
		"release:":  {"draft: true"},
	} {
		for _, want := range wants {
			if !slices.ContainsFunc(within(lines, section), func(line string) bool { return strings.Contains(line, want) }) {
				t.Errorf("%s of .goreleaser.yml has no %q", section, want)
			}
		}
	}
	if slices.ContainsFunc(within(lines, "changelog:"), func(line string) bool { return strings.Contains(line, "disable:") }) {
		t.Error("changelog: of .goreleaser.yml has \"disable:\": the release page would be empty")
	}
}

// The checks come before the signing key, and the attestation before the release
// is public.
func TestReleaseSteps(t *testing.T) {
	raw, err := os.ReadFile(".github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), "\n  publish:\n")
	if !found {
		t.Fatal("release.yml has no job publish")
	}
	for _, step := range []string{
		"git merge-base --is-ancestor HEAD origin/main",
		"scripts/release-notes.sh",
		"uses: crazy-max/ghaction-import-gpg@",
		"scripts/check-key.sh",
		"scripts/goreleaser.sh release --clean --release-notes",
		"uses: actions/attest@",
		`gh release edit "$TAG" --draft=false`,
	} {
		_, rest, found = strings.Cut(rest, step)
		if !found {
			t.Fatalf("release.yml has no %q after the steps that have to precede it", step)
		}
	}
}

// A tag can be moved to another commit, and a runner's own Go is whatever version
// the image has: actions are named by commit, and go.mod names the Go version.
func TestWorkflowsPinWhatTheyRun(t *testing.T) {
	files, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	pinned := regexp.MustCompile(`^- (name: .*|uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v[\d.]+)$`)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for number, line := range strings.Split(string(raw), "\n") {
			line = strings.TrimSpace(line)
			if strings.Contains(line, "uses: ") && !pinned.MatchString("- "+strings.TrimPrefix(line, "- ")) {
				t.Errorf("%s:%d: %s: not pinned to a commit with its version as comment", file, number+1, line)
			}
			if strings.HasPrefix(line, "go-version:") {
				t.Errorf("%s:%d: %s: want go-version-file: go.mod", file, number+1, line)
			}
		}
	}
}

// releaseFile returns the lines of .goreleaser.yml less comments. It is read by
// lines: `make release-check` lets goreleaser itself judge the syntax, and a YAML
// library for four questions would be a dependency of the module that is shipped.
func releaseFile(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(".goreleaser.yml")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(raw), "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line == "" || strings.HasPrefix(line, "#")
	})
}

// within returns the lines that are indented under a top-level key.
func within(lines []string, key string) []string {
	start := slices.Index(lines, key)
	if start < 0 {
		return nil
	}
	rest := lines[start+1:]
	end := slices.IndexFunc(rest, func(line string) bool { return !strings.HasPrefix(line, " ") })
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

// items returns the list under the one line that is the key.
func items(lines []string, key string) []string {
	var found []string
	inside := false
	for _, line := range lines {
		line = strings.TrimSpace(line)
		item, is := strings.CutPrefix(line, "- ")
		switch {
		case line == key:
			inside = true
		case inside && is:
			found = append(found, item)
		case inside:
			return found
		}
	}
	return found
}

// declaresString tells whether a folder's package has such a variable, of type
// string or initialised by a string: -X sets no other.
func declaresString(t *testing.T, folder, variable string) bool {
	t.Helper()
	files, err := fs.Glob(os.DirFS(folder), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			general, is := declaration.(*ast.GenDecl)
			if !is || general.Tok != token.VAR {
				continue
			}
			for _, spec := range general.Specs {
				if holdsString(spec.(*ast.ValueSpec), variable) {
					return true
				}
			}
		}
	}
	return false
}

func holdsString(spec *ast.ValueSpec, variable string) bool {
	at := slices.IndexFunc(spec.Names, func(name *ast.Ident) bool { return name.Name == variable })
	if at < 0 {
		return false
	}
	if declared, is := spec.Type.(*ast.Ident); is {
		return declared.Name == "string"
	}
	if at >= len(spec.Values) {
		return false
	}
	value, is := spec.Values[at].(*ast.BasicLit)
	return is && value.Kind == token.STRING
}
