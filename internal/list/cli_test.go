// SPDX-License-Identifier: MPL-2.0

package list_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// newWorkspace is a workspace with a query over a number of commands of a fake.
func newWorkspace(t *testing.T, commands int, arguments string) (*acctest.Fake, *acctest.Workspace) {
	t.Helper()
	acctest.Needs(t, acctest.Query)
	fake := acctest.Serve(t, history(commands))
	w := acctest.NewWorkspace(t, fake.Provider())
	w.Write(t, "all.tfquery.hcl", "list \"ssm_command\" \"all\" {\n  provider = ssm\n  "+arguments+"\n}\n")
	return fake, w
}

// `terraform query` of 1,000 commands makes one request for every 50, and shows each on a line.
func TestQuery(t *testing.T) {
	t.Parallel()
	fake, w := newWorkspace(t, 1000, "limit = 1000\n  include_resource = true")
	out := w.Succeed(t, "query", "-no-color").Stdout
	if n := fake.Count("ListCommands"); n != 20 || fake.Count("") != n {
		t.Errorf("the query made %d requests, want 20 of ListCommands", fake.Count(""))
	}
	if n := strings.Count(out, "AWS-RunShellScript 20"); n != 1000 {
		t.Errorf("%d lines have a command, want 1000", n)
	}
	if !strings.Contains(out, "command_id=11111111-1111-4111-8111-0000000003e7,region=us-east-1") || strings.Contains(out, "\x1b") {
		t.Errorf("the last command is missing, or a control character is not escaped:\n%.2000s", out)
	}
}

// What a query generates imports the commands, sends none, and then shows no changes.
func TestQueryGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	fake, w := newWorkspace(t, 60, "limit = 3\n  config {\n    document_name = \"AWS-RunShellScript\"\n  }")
	w.Succeed(t, "query", "-no-color", "-generate-config-out=generated.tf")
	generated, err := os.ReadFile(filepath.Join(w.Dir, "generated.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(generated), "import {"); n != 3 || fake.Count("") != 1 {
		t.Fatalf("%d import blocks in %d requests, want 3 in 1:\n%s", n, fake.Count(""), generated)
	}
	r := w.Succeed(t, "apply", "-no-color", "-auto-approve")
	if !strings.Contains(r.Stdout, "3 imported, 0 added, 0 changed, 0 destroyed") || len(fake.Sends()) != 0 {
		t.Errorf("%d commands were sent by:\n%s\n%s", len(fake.Sends()), generated, r.Stdout)
	}
	before := fake.Count("")
	w.Succeed(t, "plan", "-no-color", "-detailed-exitcode")
	if n := fake.Count("") - before; n != 0 {
		t.Errorf("the plan after the import made %d requests, want none", n)
	}
}

// An error of the query has its summary and its text.
func TestQueryFails(t *testing.T) {
	t.Parallel()
	fake, w := newWorkspace(t, 3, "config {\n    region = \"moon\"\n  }")
	r := w.Run(t, "query", "-no-color")
	if r.Code == 0 || !strings.Contains(r.Stderr, "Invalid Region") || !strings.Contains(r.Stderr, "moon") || fake.Count("") != 0 {
		t.Errorf("exit code %d after %d requests: %s%s", r.Code, fake.Count(""), r.Stdout, r.Stderr)
	}
}
