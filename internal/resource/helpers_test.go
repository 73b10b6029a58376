// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the real CLI, Terraform or OpenTofu, with the provider and a fake
// of Systems Manager.
//
// Deliberately not tested here:
//
//   - How a command is sent, searched for, and cancelled, and how long each takes: package runcommand
//     tests that in virtual time, where an hour takes milliseconds.
//   - The whole texts of errors: package diagnostics.
package resource_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	web  = "i-0aaaaaaaaaaaaaaaa"
	db   = "i-0bbbbbbbbbbbbbbbb"
	edge = "mi-0cccccccccccccccc"
	this = "ssm_command.this"
)

// nodes is a script with two nodes and no rules, so that each step succeeds after a second.
func nodes(rules ...fakeaws.Rule) fakeaws.Script {
	return fakeaws.Script{
		Nodes: []fakeaws.Node{
			{InstanceID: web, Tags: map[string]string{"Role": "web", "Env": "test"}},
			{InstanceID: db, Tags: map[string]string{"Role": "db", "Env": "test"}},
		},
		Rules: rules,
	}
}

// prints is a rule by which the shell script prints something at once.
func prints(stdout string) fakeaws.Rule {
	return fakeaws.Rule{Steps: []fakeaws.StepResult{{StandardOutput: stdout, Duration: fakeaws.At(0.2)}}}
}

// runs is a rule by which the shell script takes some time.
func runs(d fakeaws.Seconds) fakeaws.Rule {
	return fakeaws.Rule{Steps: []fakeaws.StepResult{{Duration: &d, StandardOutput: "done"}}}
}

// exits is a rule by which the shell script fails.
func exits(code int, stderr string) fakeaws.Rule {
	return fakeaws.Rule{Steps: []fakeaws.StepResult{{ExitCode: code, StandardError: stderr, Duration: fakeaws.At(0.2)}}}
}

// struck adds faults to a script.
func struck(script fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	script.Faults = append(script.Faults, faults...)
	return script
}

// command returns resource "ssm_command" "this", which runs a script on one node unless the
// arguments say otherwise. An argument replaces one of the same name.
func command(arguments ...string) string {
	lines := []string{`document_name = "AWS-RunShellScript"`, `parameters = { commands = ["uptime"] }`, fmt.Sprintf("instance_ids = [%q]", web)}
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, " ")
		if name == "targets" {
			lines[2] = ""
		}
		for i, line := range lines {
			if strings.HasPrefix(line, name+" ") {
				lines[i] = ""
			}
		}
		lines = append(lines, argument)
	}
	return fmt.Sprintf("resource \"ssm_command\" \"this\" {\n  %s\n}\n", strings.Join(lines, "\n  "))
}

// stack is a configuration in a workspace, and the fake that it talks to.
type stack struct {
	*acctest.Fake
	*acctest.Workspace
}

// newStack serves a script, and writes a configuration.
func newStack(t *testing.T, script fakeaws.Script, config string) stack {
	t.Helper()
	fake := acctest.Serve(t, script)
	return stack{fake, acctest.NewWorkspace(t, fake.Provider()+config)}
}

// configure replaces the configuration.
func (s stack) configure(t *testing.T, config string) {
	t.Helper()
	s.Write(t, "main.tf", s.Provider()+config)
}

// apply applies and checks that it succeeds.
func (s stack) apply(t *testing.T, arguments ...string) acctest.Result {
	t.Helper()
	return s.Succeed(t, append([]string{"apply", "-no-color", "-auto-approve"}, arguments...)...)
}

// fail applies, and returns the errors.
func (s stack) fail(t *testing.T, arguments ...string) acctest.Result {
	t.Helper()
	r := s.Run(t, append([]string{"apply", "-json", "-auto-approve"}, arguments...)...)
	if r.Code == 0 {
		t.Fatalf("apply succeeded:\n%s", r.Stdout)
	}
	return r
}

// plan plans, and returns whether there is anything to do.
func (s stack) plan(t *testing.T, arguments ...string) bool {
	t.Helper()
	r := s.Run(t, append([]string{"plan", "-no-color", "-detailed-exitcode"}, arguments...)...)
	if r.Code == 1 {
		t.Fatalf("plan failed:\n%s%s", r.Stdout, r.Stderr)
	}
	return r.Code == 2
}

// attributes returns the attributes of the resource in the state, nil if there is none, and whether
// it is tainted.
func (s stack) attributes(t *testing.T) (values map[string]any, tainted bool) {
	t.Helper()
	var shown struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Address string
					Tainted bool
					Values  map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(s.Succeed(t, "show", "-json").Stdout), &shown); err != nil {
		t.Fatal(err)
	}
	for _, r := range shown.Values.RootModule.Resources {
		if r.Address == this {
			return r.Values, r.Tainted
		}
	}
	return nil, false
}

// instance is an instance of the resource in the state file.
type instance struct{ Attributes, Identity map[string]any }

// instances returns all instances in the state.
func (s stack) instances(t *testing.T) []instance {
	t.Helper()
	var state struct {
		Resources []struct {
			Type      string
			Instances []instance
		}
	}
	if err := json.Unmarshal([]byte(s.Succeed(t, "state", "pull").Stdout), &state); err != nil {
		t.Fatal(err)
	}
	var all []instance
	for _, r := range state.Resources {
		if r.Type == "ssm_command" {
			all = append(all, r.Instances...)
		}
	}
	return all
}

// requests counts the requests for an operation until now; "" counts all.
func (s stack) requests(operation string) int {
	n := 0
	for _, r := range s.Requests() {
		if operation == "" || r.Operation == operation {
			n++
		}
	}
	return n
}

// quiet runs something and checks that it makes no request.
func (s stack) quiet(t *testing.T, do func()) {
	t.Helper()
	before := s.requests("")
	do()
	if n := s.requests("") - before; n != 0 {
		t.Errorf("it made %d requests, want none", n)
	}
}

// at returns what is in nested maps and lists of decoded JSON.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, key := range path {
		switch k := key.(type) {
		case string:
			m, ok := value.(map[string]any)
			if !ok {
				t.Fatalf("%v: %v is no map", path, value)
			}
			value = m[k]
		case int:
			l, ok := value.([]any)
			if !ok || k >= len(l) {
				t.Fatalf("%v: %v has no element %d", path, value, k)
			}
			value = l[k]
		}
	}
	return value
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen in 30 seconds", what)
		}
	}
}
