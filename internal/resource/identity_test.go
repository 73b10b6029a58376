// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// identity returns the identity of the resource in the state, nil if there is none.
func (s stack) identity(t *testing.T) map[string]any {
	t.Helper()
	if all := s.instances(t); len(all) == 1 {
		return all[0].Identity
	}
	return nil
}

// byIdentity is an import block with an identity.
func byIdentity(lines string) string {
	return "import {\n  to = ssm_command.this\n  identity = {\n    " + lines + "\n  }\n}\n"
}

// A command is imported by its identity, with the configuration that Terraform generates, and
// nothing is sent.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ResourceIdentity)
	for name, lines := range map[string]string{
		"with the Region": `command_id = "` + upper + `"` + "\n    " + `region = "us-east-1"`,
		"without":         `command_id = "` + upper + `"`,
		"in upper case":   `command_id = "` + strings.ToUpper(upper) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, history(func(c *fakeaws.Command) { c.CommandID = upper }), byIdentity(lines))
			s.Succeed(t, "plan", "-no-color", "-generate-config-out=generated.tf")
			if r := s.apply(t); !strings.Contains(r.Stdout, "1 imported, 0 added, 0 changed, 0 destroyed") {
				generated, err := os.ReadFile(filepath.Join(s.Dir, "generated.tf"))
				t.Errorf("%s\n%s%v", r.Stdout, generated, err)
			}
			s.quiet(t, func() {
				if s.plan(t) {
					t.Error("the plan has changes")
				}
			})
			if diff := cmp.Diff(map[string]any{"command_id": upper, "region": "us-east-1"}, s.identity(t)); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
			if len(s.Sends()) != 0 {
				t.Errorf("sent: %v", s.Sends())
			}
		})
	}
}

func TestImportByIdentityFails(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ResourceIdentity)
	for name, test := range map[string]struct{ lines, summary, phrase string }{
		"unknown":     {`command_id = "` + upper + `"`, "Command Not Found", upper},
		"not an ID":   {`command_id = "nonsense"`, "Invalid Import ID", `"nonsense"`},
		"bad Region":  {`command_id = "` + imported + `"` + "\n    " + `region = "moon"`, "Invalid Region", "moon"},
		"an empty ID": {`command_id = ""`, "Invalid Import ID", `""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, history(nil), byIdentity(test.lines)+command())
			s.Run(t, "plan", "-json").One(t, "error", test.summary).Contains(t, test.phrase)
			if len(s.Sends()) != 0 {
				t.Errorf("sent: %v", s.Sends())
			}
		})
	}
}

// A command that is sent has its ID and its Region as identity, also if it fails. A replacement has
// another one.
func TestIdentity(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ResourceIdentity)
	s := newStack(t, nodes(exits(1, "no")), command())
	s.fail(t).One(t, "error", "Command Failed")
	for n := range 2 {
		want := map[string]any{"command_id": s.Sends()[n].Command.CommandID, "region": "us-east-1"}
		if diff := cmp.Diff(want, s.identity(t)); diff != "" {
			t.Errorf("identity %d (-want +got):\n%s", n, diff)
		}
		s.configure(t, command(`require_success = false`))
		s.apply(t)
	}
}

// While it is not known whether a command was sent, the identity has no ID. It gets one in the
// refresh that finds the command, and only then.
func TestIdentityIsFound(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ResourceIdentity)
	hidden := denied
	hidden.Times = 1
	s := newStack(t, struck(nodes(prints("once")), hidden, fakeaws.Fault{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}), command())
	s.fail(t).One(t, "error", "Command Perhaps Sent")
	if diff := cmp.Diff(map[string]any{"command_id": nil, "region": "us-east-1"}, s.identity(t)); diff != "" {
		t.Errorf("identity before (-want +got):\n%s", diff)
	}
	s.apply(t, "-refresh-only")
	if diff := cmp.Diff(map[string]any{"command_id": s.Sends()[0].Command.CommandID, "region": "us-east-1"}, s.identity(t)); diff != "" {
		t.Errorf("identity after (-want +got):\n%s", diff)
	}
	s.Succeed(t, "untaint", this)
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
	if n := s.Executions("", web); n != 1 {
		t.Errorf("the node ran the script %d times", n)
	}
}
