// SPDX-License-Identifier: MPL-2.0

// The tests of this package call the provider over gRPC, as Terraform does: the CLI of the tests
// has no queries, which Terraform has since version 1.14.
package list_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	command = "ssm_command"
	node    = "i-0aaaaaaaaaaaaaaaa"
)

// site is the provider, configured for a fake.
type site struct {
	*acctest.Fake
	*acctest.Protocol
}

// history is a script with a number of commands, each a minute older than the one before.
func history(commands int, faults ...fakeaws.Fault) fakeaws.Script {
	script := fakeaws.Script{Faults: faults}
	for n := range commands {
		script.Commands = append(script.Commands, fakeaws.Command{
			CommandID: fmt.Sprintf("11111111-1111-4111-8111-%012x", n), SentAt: fakeaws.Seconds(-60 * (n + 1)), Comment: fmt.Sprintf("run %d\x1b[31m", n),
			InstanceIDs: []string{node}, Parameters: map[string][]string{"commands": {"uptime"}},
			Invocations: []fakeaws.Invocation{{InstanceID: node}},
		})
	}
	return script
}

// serve serves a number of commands, and the provider.
func serve(t *testing.T, commands int, faults ...fakeaws.Fault) site {
	t.Helper()
	fake := acctest.Serve(t, history(commands, faults...))
	return site{fake, acctest.ServeProtocol(t, fmt.Sprintf(`{"region": "us-east-1", "access_key": "AKIAACCTESTACCTEST00", "secret_key": %q, "endpoints": [{"ssm": %q, "sts": %[2]q}]}`, acctest.SecretKey, fake.URL))}
}

// text returns a string in an object.
func text(t *testing.T, object tftypes.Value, name string) string {
	t.Helper()
	var members map[string]tftypes.Value
	if err := object.As(&members); err != nil {
		t.Fatal(err)
	}
	var s string
	if err := members[name].As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// A list of 1,000 commands takes one request for every 50, with the resources or without.
func TestList(t *testing.T) {
	t.Parallel()
	s := serve(t, 1000)
	found := s.List(t, command, `{}`, 0, true)
	if n := s.Count("ListCommands"); len(found) != 1000 || n != 20 || s.Count("") != n {
		t.Fatalf("%d results in %d requests, want 1000 in 20 ListCommands", len(found), s.Count(""))
	}
	first := found[0]
	if id := text(t, first.Identity, "command_id"); id != "11111111-1111-4111-8111-000000000000" || text(t, first.Identity, "region") != "us-east-1" {
		t.Errorf("identity: %s", first.Identity)
	}
	if !strings.HasPrefix(first.DisplayName, "AWS-RunShellScript 20") || !strings.Contains(first.DisplayName, ` Success "run 0`) || strings.Contains(first.DisplayName, "\x1b") {
		t.Errorf("display name: %q", first.DisplayName)
	}
	if text(t, first.Resource, "document_name") != "AWS-RunShellScript" || text(t, first.Resource, "status") != "Success" || !first.Resource.IsFullyKnown() {
		t.Errorf("resource: %s", first.Resource)
	}
}

func TestListWithLimit(t *testing.T) {
	t.Parallel()
	s := serve(t, 200)
	if found := s.List(t, command, `{}`, 60, false); len(found) != 60 || s.Count("") != 2 || found[0].Resource.Type() != nil {
		t.Errorf("%d results in %d requests, want 60 in 2", len(found), s.Count(""))
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	s := serve(t, 5)
	if found := s.List(t, command, `{"status": "Failed", "document_name": "AWS-RunShellScript", "instance_id": "`+node+`"}`, 100, false); len(found) != 0 {
		t.Errorf("%d failed commands, want none", len(found))
	}
	if found := s.List(t, command, `{"execution_stage": "Complete"}`, 100, false); len(found) != 5 {
		t.Errorf("%d complete commands, want 5", len(found))
	}
}

func TestListErrors(t *testing.T) {
	t.Parallel()
	denied := fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.AccessDenied, Times: -1}
	down := fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.HTML503, Times: -1}
	for name, test := range map[string]struct {
		fault           fakeaws.Fault
		config, summary string
		phrase          string
	}{
		"denied":     {denied, `{}`, "Access Denied", "ssm:ListCommands"},
		"down":       {down, `{"timeouts": {"list": "2s"}}`, "Service Unavailable", "timeouts.list"},
		"bad Region": {denied, `{"region": "moon"}`, "Invalid Region", "moon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := serve(t, 3, test.fault).List(t, command, test.config, 100, true)
			if len(found) != 1 || len(found[0].Diagnostics) != 1 || found[0].Diagnostics[0].Summary != test.summary || !strings.Contains(found[0].Diagnostics[0].Detail, test.phrase) {
				t.Errorf("%+v, want one error %q with %q", found, test.summary, test.phrase)
			}
		})
	}
}
