// SPDX-License-Identifier: MPL-2.0

// The tests of this package call the provider over gRPC, as Terraform does: the CLI of the tests
// has no actions, which Terraform has since version 1.14.
//
// Deliberately not tested here: what packages runcommand and diagnostics test, and how Terraform
// shows the lines of progress.
package action_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	web = "i-0aaaaaaaaaaaaaaaa"
	db  = "i-0bbbbbbbbbbbbbbbb"
)

// site is the provider, configured for a fake.
type site struct {
	*acctest.Fake
	*acctest.Protocol
}

// serve serves a script with two nodes.
func serve(t *testing.T, script fakeaws.Script) site {
	t.Helper()
	if script.Nodes == nil {
		script.Nodes = []fakeaws.Node{
			{InstanceID: web, Tags: map[string]string{"Role": "web", "Env": "test"}},
			{InstanceID: db, Tags: map[string]string{"Role": "db", "Env": "test"}},
		}
	}
	fake := acctest.Serve(t, script)
	return site{fake, acctest.ServeProtocol(t, fmt.Sprintf(`{"region": "us-east-1", "access_key": "AKIAACCTESTACCTEST00", "secret_key": %q, "endpoints": [{"ssm": %q, "sts": %[2]q}]}`, acctest.SecretKey, fake.URL))}
}

// config is the configuration of an action that runs a script on one node, with more arguments or
// other values.
func config(t *testing.T, arguments map[string]any) string {
	t.Helper()
	all := map[string]any{
		"document_name": "AWS-RunShellScript", "instance_ids": []string{web}, "parameters": map[string][]string{"commands": {"uptime"}},
	}
	for name, value := range arguments {
		all[name] = value
		if _, both := arguments["instance_ids"]; name == "targets" && !both {
			delete(all, "instance_ids")
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// runs is a rule by which the script takes some time.
func runs(d fakeaws.Seconds) []fakeaws.Rule {
	return []fakeaws.Rule{{Steps: []fakeaws.StepResult{{Duration: &d}}}}
}

// check checks that there is one diagnostic, with some phrases.
func check(t *testing.T, found []acctest.Diagnostic, severity, summary string, phrases ...string) {
	t.Helper()
	if len(found) != 1 || found[0].Severity != severity || found[0].Summary != summary {
		t.Fatalf("diagnostics %+v, want one %s %q", found, severity, summary)
	}
	found[0].Contains(t, phrases...)
}

// has reports whether a line has a phrase.
func has(lines []string, phrase string) bool {
	for _, line := range lines {
		if strings.Contains(line, phrase) {
			return true
		}
	}
	return false
}
