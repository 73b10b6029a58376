// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// `terraform validate` rejects invalid arguments, at the argument. A plan makes no request either.
func TestValidation(t *testing.T) {
	t.Parallel()
	good := func(arguments ...string) []string {
		return append([]string{`command_id = "` + command + `"`, `instance_id = "` + node + `"`}, arguments...)
	}
	ids := func(command, node string) []string {
		return []string{`command_id = "` + command + `"`, `instance_id = "` + node + `"`}
	}
	const combination = "Invalid Attribute Combination"
	tests := map[string]struct {
		lines    []string
		summary  string
		contains []string
		argument string
	}{
		"no command":                    {[]string{`instance_id = "` + node + `"`}, "Missing required argument", []string{"command_id"}, ""},
		"no node":                       {[]string{`command_id = "` + command + `"`}, "Missing required argument", []string{"instance_id"}, ""},
		"command ID that is not a UUID": {ids("1111", node), "Invalid Attribute Value Match", []string{"UUID of 36 characters", "1111"}, "command_id"},
		"UUID with an invalid letter":   {ids("g1111111-1111-4111-8111-111111111111", node), "Invalid Attribute Value Match", []string{"UUID"}, "command_id"},
		"UUID with a suffix":            {ids(command+"\\n", node), "Invalid Attribute Value Match", []string{"UUID"}, "command_id"},
		"a node of 16 digits":           {ids(command, "i-083e1601960282cd"), "Invalid Attribute Value Match", []string{"8 or 17", "i-083e1601960282cd"}, "instance_id"},
		"a managed node of 8":           {ids(command, "mi-0a1b2c3d"), "Invalid Attribute Value Match", []string{"mi-"}, "instance_id"},
		"a name for a node":             {ids(command, "web-1"), "Invalid Attribute Value Match", []string{"managed node's ID"}, "instance_id"},
		"step name of 3 characters":     {good(`plugin_name = "run"`), "Invalid Attribute Value Length", []string{"at least 4"}, "plugin_name"},
		"a duration without a unit":     {good(`visibility_timeout = "30"`), "Invalid Duration", []string{"visibility_timeout", `"30"`, `"30s"`}, "visibility_timeout"},
		"negative duration":             {good(`visibility_timeout = "-1s"`), "Invalid Duration", []string{"not below zero"}, "visibility_timeout"},
		"a read timeout without a unit": {good(`timeouts { read = "30" }`), "Invalid Attribute Value Time Duration", []string{"30"}, "read"},
		"a read timeout of zero":        {good(`timeouts { read = "0s" }`), "Invalid Duration", []string{"timeouts.read must be longer than zero"}, "read"},
		"negative read timeout":         {good(`timeouts { read = "-5m" }`), "Invalid Duration", []string{"timeouts.read must be longer than zero", "-5m"}, "read"},
		"visibility timeout longer than timeout": {good(`visibility_timeout = "2m"`, `timeouts { read = "1m" }`), combination,
			[]string{"visibility_timeout (2m0s) is longer than timeouts.read (1m0s)"}, "visibility_timeout"},
		"visibility timeout longer than the default timeout": {good(`visibility_timeout = "61m"`), combination, []string{"timeouts.read (1h0m0s)"}, "visibility_timeout"},
		"require_success without waiting": {good("require_success = true", "wait_for_completion = false"), combination,
			[]string{"require_success", "wait_for_completion = false"}, "require_success"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent(ended("Success", "", "")))
			w := acctest.NewWorkspace(t, fake.Provider()+"data \"ssm_command_invocation\" \"this\" {\n  "+strings.Join(test.lines, "\n  ")+"\n}\n")
			found := w.Validate(t)
			if len(found) != 1 || found[0].Summary != test.summary {
				t.Fatalf("diagnostics %+v, want one %q", found, test.summary)
			}
			found[0].Contains(t, test.contains...)
			if !strings.Contains(found[0].Snippet.Code, test.argument) {
				t.Errorf("the error is at %q, want %s", found[0].Snippet.Code, test.argument)
			}
			if w.Run(t, "plan").Code == 0 {
				t.Error("plan succeeded")
			}
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Unusual values that are valid.
func TestValidationAccepts(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	tests := map[string]struct{ provider, lines string }{
		"old and long ids": {"", `command_id = "ABCDEFAB-1111-4111-8111-111111111111"
  instance_id = "i-0a1b2c3d"`},
		"unusual Region with skip_region_validation": {"skip_region_validation = true", `command_id = "` + command + `"
  instance_id = "` + node + `"
  region = "mars"`},
		"short timeout": {"", `command_id = "` + command + `"
  instance_id = "` + node + `"
  timeouts { read = "5s" }`},
		"unknown": {"", `command_id = terraform_data.unknown.output
  instance_id = terraform_data.unknown.output
  plugin_name = terraform_data.unknown.output
  region = terraform_data.unknown.output
  visibility_timeout = terraform_data.unknown.output
  require_success = true
  wait_for_completion = terraform_data.unknown.output
  timeouts { read = terraform_data.unknown.output }`},
		"unknown read timeout": {"", `command_id = "` + command + `"
  instance_id = "` + node + `"
  visibility_timeout = "2h"
  timeouts { read = terraform_data.unknown.output }`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent())
			var arguments []string
			if test.provider != "" {
				arguments = append(arguments, test.provider)
			}
			config := fake.Provider(arguments...) + "data \"ssm_command_invocation\" \"this\" {\n  " + test.lines + "\n}\nresource \"terraform_data\" \"unknown\" {}\n"
			if found := acctest.NewWorkspace(t, config).Validate(t); len(found) > 0 {
				t.Errorf("diagnostics %+v", found)
			}
		})
	}
}

// The provider block is validated without a request.
func TestProviderBlockValidation(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent())
	found := acctest.NewWorkspace(t, fake.Provider(`retry_mode = "legacy"`)+acctest.Invocation(command, node)).Validate(t)
	if len(found) != 1 || found[0].Summary != "Invalid Provider Configuration" || !strings.Contains(found[0].Snippet.Code, "retry_mode") {
		t.Errorf("diagnostics %+v", found)
	}
}

// An invalid Region is an error at the argument, before any request.
func TestInvalidRegion(t *testing.T) {
	t.Parallel()
	server := acctest.Serve(t, sent(ended("Success", "", "")))
	config := server.Provider() + acctest.Invocation(command, node, `region = "us-east1"`)
	d := planConfig(t, config).One(t, "error", "Invalid Region")
	d.Contains(t, `"us-east1"`, "us-east-1", "skip_region_validation")
	if !strings.Contains(d.Snippet.Code, "region") || server.Count("") > 0 {
		t.Errorf("the error is at %q, after %d requests", d.Snippet.Code, server.Count(""))
	}
}
