// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	imported = "11111111-1111-4111-8111-111111111111"
	upper    = "1111111a-1111-4111-8111-111111111111"
)

// history is a script with a command that something else sent with every argument.
func history(change func(*fakeaws.Command)) fakeaws.Script {
	c := fakeaws.Command{
		CommandID: imported, SentAt: -3600, Comment: "by hand", TimeoutSeconds: 60, MaxConcurrency: "1", MaxErrors: "10%",
		InstanceIDs: []string{web}, Parameters: map[string][]string{"commands": {"uptime", "date"}},
		OutputS3BucketName: "bucket", OutputS3KeyPrefix: "prefix",
		ServiceRole:            "arn:aws:iam::123456789012:role/sns",
		NotificationConfig:     fakeaws.NotificationConfig{NotificationARN: "arn:aws:sns:us-east-1:123456789012:topic", NotificationEvents: []string{"All"}, NotificationType: "Command"},
		CloudWatchOutputConfig: fakeaws.CloudWatchOutputConfig{CloudWatchLogGroupName: "group", CloudWatchOutputEnabled: true},
		AlarmConfiguration:     fakeaws.AlarmConfiguration{Alarms: []string{"alarm"}},
		Invocations: []fakeaws.Invocation{{InstanceID: web, Steps: []fakeaws.Step{{
			Timeline:       []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 3, Status: "Success"}},
			StandardOutput: "imported",
		}}}},
	}
	if change != nil {
		change(&c)
	}
	script := nodes()
	script.Commands = []fakeaws.Command{c}
	return script
}

func importBlock(id string) string {
	return "import {\n  to = ssm_command.this\n  id = \"" + id + "\"\n}\n"
}

// An import with the configuration that Terraform generates shows no difference and sends nothing,
// by each form of the ID.
func TestImportWithGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.GeneratedConfig)
	for name, test := range map[string]struct {
		id     string
		change func(*fakeaws.Command)
	}{
		"every argument":  {imported, nil},
		"with the Region": {imported + "@us-east-1", nil},
		"in upper case":   {strings.ToUpper(upper), func(c *fakeaws.Command) { c.CommandID = upper }},
		"few arguments": {imported, func(c *fakeaws.Command) {
			*c = fakeaws.Command{CommandID: imported, SentAt: -3600, InstanceIDs: []string{web}, Invocations: c.Invocations}
		}},
		"by tag": {imported, func(c *fakeaws.Command) {
			c.InstanceIDs, c.Targets = nil, []fakeaws.Target{{Key: "tag:Role", Values: []string{"web", "db"}}}
		}},
		"running": {imported, func(c *fakeaws.Command) {
			c.Invocations[0].Steps[0].Timeline = c.Invocations[0].Steps[0].Timeline[:1]
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, history(test.change), importBlock(test.id))
			s.Succeed(t, "plan", "-no-color", "-generate-config-out=generated.tf")
			generated, err := os.ReadFile(filepath.Join(s.Dir, "generated.tf"))
			if err != nil {
				t.Fatal(err)
			}
			r := s.apply(t)
			if !strings.Contains(r.Stdout, "1 imported, 0 added, 0 changed, 0 destroyed") {
				t.Errorf("apply:\n%s\nwith\n%s", r.Stdout, generated)
			}
			if s.plan(t) {
				t.Errorf("the plan after the import has changes, with\n%s", generated)
			}
			values, _ := s.attributes(t)
			if name != "running" && at(t, values, "invocations", web, "standard_output_content") != "imported" {
				t.Errorf("invocations: %v", values["invocations"])
			}
			s.apply(t, "-destroy") // It is not this configuration's to cancel.
			if n, m := s.requests("SendCommand"), s.requests("CancelCommand"); n+m != 0 {
				t.Errorf("SendCommand was called %d times, CancelCommand %d times", n, m)
			}
		})
	}
}

func TestImportCommand(t *testing.T) {
	t.Parallel()
	s := newStack(t, history(nil), `resource "ssm_command" "this" {`+strings.NewReplacer(
		"  document_hash      = \"${local.hash}\"\n", "", "  document_hash_type = \"Sha256\"\n", "", `  document_version   = "1"`+"\n", "",
		`"before"`, `"by hand"`, `["uptime"]`, `["uptime", "date"]`, `max_errors         = "1"`, `max_errors         = "10%"`,
		"AWS-RunShellScript", "arn:aws:ssm:us-east-1::document/AWS-RunShellScript").Replace(everything)+"}\n")
	s.Succeed(t, "import", "-no-color", this, imported)
	r := s.Succeed(t, "plan", "-no-color")
	if !strings.Contains(r.Stdout, "0 to add, 1 to change, 0 to destroy") || !strings.Contains(r.Stdout, "triggers") {
		t.Errorf("the plan after the import does not adopt triggers:\n%s", r.Stdout)
	}
	s.quiet(t, func() { s.apply(t) })
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
}

// A configuration that differs from the imported command is an error, and not a reason to send it.
func TestImportedCommandDiffers(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ImportBlocks)
	s := newStack(t, history(nil), importBlock(imported)+command(`comment = "by hand"`, `timeout_seconds = 60`))
	r := s.Run(t, "plan", "-json")
	r.One(t, "error", "Imported Command Differs").Contains(t, "parameters", "output_s3_bucket_name", "notification_config")
	if s.requests("SendCommand") != 0 {
		t.Error("it was sent")
	}
}

// A configuration that differs later is an error too, also with -replace. What the error says to do
// sends the new command.
func TestImportedCommandDiffersLater(t *testing.T) {
	t.Parallel()
	s := newStack(t, history(nil), command())
	s.Succeed(t, "import", "-no-color", this, imported)
	s.fail(t, "-replace="+this).One(t, "error", "Imported Command Differs").Contains(t, "terraform state rm")
	s.quiet(t, func() { s.Succeed(t, "state", "rm", this) })
	s.apply(t)
	if n := len(s.Sends()); n != 1 {
		t.Errorf("%d commands were sent, want 1", n)
	}
}

// What the service does not return is taken from the configuration, with a warning, and counts from
// then on.
func TestImportAdopts(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ImportBlocks)
	few := history(func(c *fakeaws.Command) {
		*c = fakeaws.Command{CommandID: imported, SentAt: -3600, InstanceIDs: []string{web}, Parameters: c.Parameters, Invocations: c.Invocations}
	})
	config := func(version string) string {
		return importBlock(imported) + command(`parameters = { commands = ["uptime", "date"] }`, `triggers = { version = "`+version+`" }`)
	}
	s := newStack(t, few, config("1"))
	s.Succeed(t, "plan", "-json").One(t, "warning", "Imported Command Adopts Arguments").Contains(t, "triggers")
	s.apply(t)
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
	s.configure(t, config("2"))
	if r := s.Succeed(t, "plan", "-no-color"); !strings.Contains(r.Stdout, "1 to add, 0 to change, 1 to destroy") {
		t.Errorf("a trigger that changes after the import does not replace:\n%s", r.Stdout)
	}
}

func TestImportFails(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.ImportBlocks)
	for name, test := range map[string]struct {
		id, summary string
		script      fakeaws.Script
	}{
		"unknown":     {imported, "Command Not Found", nodes()},
		"denied":      {imported, "Access Denied", struck(history(nil), denied)},
		"unreachable": {imported, "Service Unavailable", struck(history(nil), fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.HTML503, Times: -1})},
		"not an ID":   {"nonsense", "Invalid Import ID", history(nil)},
		"no Region":   {imported + "@", "Invalid Import ID", history(nil)},
		"bad Region":  {imported + "@moon", "Invalid Region", history(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, test.script, importBlock(test.id)+command())
			r := s.Run(t, "plan", "-json")
			r.One(t, "error", test.summary)
			if s.requests("SendCommand") != 0 {
				t.Error("it was sent")
			}
		})
	}
}
