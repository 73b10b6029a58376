// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// Validation rejects invalid arguments without a request.
func TestListsValidation(t *testing.T) {
	t.Parallel()
	const (
		one   = "ssm_command"
		many  = "ssm_commands"
		rows  = "ssm_command_invocations"
		onIt  = `instance_id = "` + node + `"`
		combi = "Invalid Attribute Combination"
		none  = "Missing Attribute Configuration"
	)
	byComment := `comment = "x"`
	for name, c := range map[string]struct {
		kind, arguments string
		contains        []string
	}{
		"command: nothing":                       {one, "", []string{none, "command_id", "comment"}},
		"command: both":                          {one, byID + "\n" + byComment, []string{combi, "command_id", "comment"}},
		"command: no id":                         {one, `command_id = "1234"`, []string{"UUID of 36 characters"}},
		"command: empty comment":                 {one, `comment = ""`, []string{"between 1 and 100"}},
		"command: long comment":                  {one, `comment = "` + strings.Repeat("x", 101) + `"`, []string{"between 1 and 100"}},
		"command: document with id":              {one, byID + "\n" + `document_name = "AWS-RunShellScript"`, []string{combi, "comment"}},
		"command: invoked_after with id":         {one, byID + "\n" + `invoked_after = "2026-11-22T08:00:00Z"`, []string{combi, "comment"}},
		"command: most_recent with id":           {one, byID + "\nmost_recent = true", []string{combi, "comment"}},
		"command: no time":                       {one, byComment + "\n" + `invoked_after = "yesterday"`, []string{"Invalid Timestamp", "RFC 3339", `"yesterday"`}},
		"command: success without waiting":       {one, byID + "\nrequire_success = true\nwait_for_completion = false", []string{combi, "does not wait"}},
		"command: visibility":                    {one, byID + "\n" + `visibility_timeout = "-1s"`, []string{"Invalid Duration"}},
		"command: no time to read":               {one, byID + "\n" + `timeouts { read = "0s" }`, []string{"Invalid Duration"}},
		"command: region":                        {one, byID + "\n" + `region = "moon"`, []string{"Invalid Region"}},
		"invocations: nothing":                   {rows, "", []string{none, "command_id", "invoked_before"}},
		"invocations: no filter":                 {rows, "include_plugins = true", []string{none}},
		"invocations: node":                      {rows, `instance_id = "web-1"`, []string{"managed node's ID"}},
		"invocations: status of a command":       {rows, `status = "NoInstancesInTag"`, []string{"Invalid Attribute Value Match", "Undeliverable"}},
		"invocations: before":                    {rows, `invoked_before = "2026-11-22"`, []string{"Invalid Timestamp"}},
		"invocations: waiting without a command": {rows, onIt + "\nwait_for_completion = true", []string{combi, "requires command_id"}},
		"invocations: success without a command": {rows, onIt + "\nrequire_success = true", []string{combi, "requires command_id"}},
		"invocations: success without waiting":   {rows, byID + "\nrequire_success = true\nwait_for_completion = false", []string{combi, "does not wait"}},
		"invocations: empty document":            {rows, `document_name = ""`, []string{"between 1 and 128"}},
		"invocations: region":                    {rows, byID + "\n" + `region = "moon"`, []string{"Invalid Region"}},
		"commands: nothing":                      {many, "", []string{none, "max_results"}},
		"commands: status of an invocation":      {many, `status = "Undeliverable"`, []string{"Invalid Attribute Value Match", "LimitExceeded"}},
		"commands: stage":                        {many, `execution_stage = "Done"`, []string{"Executing"}},
		"commands: pending on a node":            {many, onIt + "\n" + `status = "Pending"`, []string{combi, "Systems Manager rejects"}},
		"commands: none at most":                 {many, "max_results = 0", []string{"at least 1"}},
		"commands: after":                        {many, `invoked_after = "1541761816"`, []string{"Invalid Timestamp"}},
		"commands: no time to read":              {many, "max_results = 1\n" + `timeouts { read = "-1s" }`, []string{"Invalid Duration"}},
		"commands: region":                       {many, "max_results = 1\n" + `region = "moon"`, []string{"Invalid Region"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent())
			apply(t, resource.TestStep{Config: fake.Provider() + read(c.kind, c.arguments), ExpectError: wrapped(c.contains...)})
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Validation accepts unknown values. The read validates them.
func TestListsValidationAcceptsUnknown(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	fake := acctest.Serve(t, sent(ended("Success", "", "")))
	unknown := "resource \"terraform_data\" \"later\" {\n  input = %q\n}\n\n"
	later := func(value string) string { return strings.Replace(unknown, "%q", `"`+value+`"`, 1) }
	const output = "terraform_data.later.output"
	for name, c := range map[string]struct{ kind, arguments, value string }{
		"command, id":             {"ssm_command", "command_id = " + output, command},
		"invocations, node":       {"ssm_command_invocations", "instance_id = " + output, node},
		"invocations, id":         {"ssm_command_invocations", "command_id = " + output + "\nwait_for_completion = true\nrequire_success = true", command},
		"commands, status":        {"ssm_commands", `instance_id = "` + node + `"` + "\nstatus = " + output, "Success"},
		"commands, invoked_after": {"ssm_commands", "invoked_after = " + output, "2026-01-01T00:00:00+02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			apply(t, resource.TestStep{Config: fake.Provider() + later(c.value) + read(c.kind, c.arguments)})
		})
	}
}
