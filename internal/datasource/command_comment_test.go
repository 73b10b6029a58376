// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A comment is as long as SendCommand accepts: 100 characters, of any number of bytes.
func TestLongestComment(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("é", 100)
	config := acctest.Serve(t, script(fakeaws.Command{CommandID: command, SentAt: -60, Comment: longest})).Provider() +
		read("ssm_command", fmt.Sprintf("comment = %q", longest), atOnce)
	acctest.NewWorkspace(t, config).Succeed(t, "plan")
}

// Terraform normalizes every string to NFC, and macOS decomposes file names (NFD). Both forms find
// the command, and the comment stays in state as it was given.
func TestCommentInAnotherNormalForm(t *testing.T) {
	t.Parallel()
	composed := norm.NFC.String("déploiement 4.2 Å 가")
	decomposed := norm.NFD.String(composed)
	if composed == decomposed {
		t.Fatal("the two forms are one")
	}
	s := script(fakeaws.Command{CommandID: command, SentAt: -60, Comment: decomposed}, fakeaws.Command{CommandID: otherCommand, SentAt: -50, Comment: "deploiement 4.2 A 가"})
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		for _, given := range []string{composed, decomposed} {
			virtually(t, func(t *testing.T, p *protocol) {
				_, transport := play(t, s)
				state, found := p.over(transport).read(t.Context(), t, "ssm_command", arguments{"comment": given, "visibility_timeout": "0s"})
				if len(found) > 0 {
					t.Fatal(describe(found))
				}
				if id, _ := attribute(t, state, "command_id"); id != command {
					t.Errorf("found %q", id)
				}
				if comment, _ := attribute(t, state, "comment"); comment != given {
					t.Errorf("comment = %q, which was given as %q", comment, given)
				}
			})
		}
	})
	t.Run("over the CLI", func(t *testing.T) {
		t.Parallel()
		config := acctest.Serve(t, s).Provider() + read("ssm_command", fmt.Sprintf("comment = %q", decomposed), atOnce) +
			acctest.Block("output", "id", "value = data.ssm_command.this.command_id")
		w := acctest.NewWorkspace(t, config)
		w.Succeed(t, "apply", "-auto-approve")
		if got := w.Outputs(t)["id"]; got != command {
			t.Errorf("found %v", got)
		}
	})
}

// If requests succeeded before the timeout, the error says how many commands were searched and how
// to narrow the search.
func TestCommentSearchTimeout(t *testing.T) {
	t.Parallel()
	var commands []fakeaws.Command
	for n := range 180 {
		commands = append(commands, fakeaws.Command{CommandID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), SentAt: -60})
	}
	for name, fault := range map[string]fakeaws.Fault{
		"silence":    {Operation: "ListCommands", Kind: fakeaws.Silent, Skip: 2, Times: -1},
		"throttling": {Operation: "ListCommands", Kind: fakeaws.Throttle, Skip: 2, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			virtually(t, func(t *testing.T, p *protocol) {
				_, transport := play(t, struck(script(commands...), fault))
				_, found := p.over(transport).read(t.Context(), t, "ssm_command",
					arguments{"comment": "nightly", "timeouts": arguments{"read": "8s"}, "visibility_timeout": "1s"})
				d := only(t, found, "Service Unavailable", "", `searching for the command with comment "nightly"`, "Timed out after 8s (timeouts.read)",
					"The provider searched 100 commands", "Narrow the search with document_name and invoked_after")
				for _, wrong := range []string{"No request succeeded", "within 0s", "nothing is known"} {
					if strings.Contains(d.Detail, wrong) {
						t.Errorf("the detail contains %q:\n%s", wrong, d.Detail)
					}
				}
			})
		})
	}
}
