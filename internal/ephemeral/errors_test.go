// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Output that no message, file, or log may contain. Each part is at another place of a stream: at
// its beginning, at its end, and in the part that only the S3 object has.
const secret = "not-to-be-stored"

var (
	secretOutput = secret + "-1 " + strings.Repeat("fill ", 6000) + secret + "-2\n"
	secretError  = secret + "-3\nexit status 7 " + secret + "-4\n"
)

// failed is a step that writes secrets and fails.
func failed() fakeaws.Step {
	s := ended("Failed", secretOutput, secretError)
	s.ResponseCode = fakeaws.Code(7)
	return s
}

// Each error contains what was requested, what came back, and what to do, with the argument names
// of the ephemeral resource, and no output of the command.
func TestErrors(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	requested := []string{"ommand " + command, "node " + node, "Region us-east-1"}
	brief := ended("Failed", "", "")
	several := sent(ended("Failed", secretOutput, secretError), ended("Success", secretOutput, ""))
	steps := several.Commands[0].Invocations[0].Steps
	steps[0].Name, steps[1].Name = "first", "second"
	object := func(kind fakeaws.FaultKind) fakeaws.Script {
		return withFaults(written(failed()), fakeaws.Fault{Operation: "GetObject", Kind: kind, Times: -1})
	}
	lost := failed()
	lost.NeverUploaded = true

	outputSize := fmt.Sprintf("%d bytes", len(secretOutput))
	errorSize := fmt.Sprintf("and %d bytes to standard error", len(secretError))

	tests := map[string]struct {
		script    fakeaws.Script
		arguments []string
		summary   string
		contains  []string
		argument  string
	}{
		"failed": {sent(failed()), []string{"require_success = true"}, "Command Invocation Failed",
			[]string{"ended as Failed", "Exit code: 7.", "at least 24000 bytes to standard output", errorSize, "not shown"}, "require_success"},
		"failed, with complete output": {written(failed()), []string{"require_success = true", "complete_output = true"}, "Command Invocation Failed",
			[]string{"wrote " + outputSize + " to standard output", errorSize}, "require_success"},
		"failed without output": {sent(brief), []string{"require_success = true"}, "Command Invocation Failed",
			[]string{"0 bytes to standard output and 0 bytes to standard error"}, "require_success"},
		"not found": {fakeaws.Script{}, []string{atOnce}, "Command Invocation Not Found",
			[]string{"Systems Manager has no record of this command", "30 days", "allow_missing", "-refresh=false"}, "command_id"},
		"no such step": {several, []string{`plugin_name = "third"`}, "Step Not Found", []string{`"first"`, `"second"`}, "plugin_name"},
		"still running": {sent(running()), []string{`timeouts { open = "1500ms" }`}, "Command Invocation Still Running",
			[]string{"Timed out after 2s (timeouts.open)", "Last status: InProgress.", "raise timeouts.open"}, ""},
		"unavailable": {withFaults(sent(failed()), fakeaws.Fault{Kind: fakeaws.HTML503, Times: -1}), []string{`timeouts { open = "2s" }`}, "Service Unavailable",
			[]string{"before timeouts.open (2s) expired"}, ""},
		"denied": {withFaults(sent(failed()), fakeaws.Fault{Kind: fakeaws.AccessDenied, Times: -1}), nil, "Access Denied", []string{"ssm:GetCommandInvocation"}, ""},

		"nothing in S3": {sent(failed()), []string{"complete_output = true"}, "Output Not Available", []string{"without an S3 bucket"}, "complete_output"},
		"not uploaded":  {written(lost), []string{"complete_output = true", atOnce}, "Output Not Available", []string{"does not exist"}, "complete_output"},
		"too large": {written(failed()), []string{"complete_output = true", "max_output_bytes = 30000"}, "Output Too Large",
			[]string{outputSize, "allows 30000"}, "max_output_bytes"},
		"S3 object denied": {object(fakeaws.AccessDenied), []string{"complete_output = true"}, "Access Denied", []string{"s3:GetObject", "kms:Decrypt", "s3://outputs/"}, "complete_output"},
		"connection lost in the body": {object(fakeaws.TruncateBody), []string{"complete_output = true", `timeouts { open = "2s" }`}, "Service Unavailable",
			[]string{"timeouts.open"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, test.script)
			r := acctest.NewWorkspace(t, fake.Provider(withS3(fake))+invocation(test.arguments...)).Run(t, "plan", "-json")
			d := r.One(t, "error", test.summary)
			d.Contains(t, requested...)
			d.Contains(t, test.contains...)
			if !strings.Contains(d.Snippet.Code, test.argument) {
				t.Errorf("the error is about %q, want %s", d.Snippet.Code, test.argument)
			}
			if d.Address != this {
				t.Errorf("the address of the error is %q", d.Address)
			}
			if strings.Contains(r.Stdout+r.Stderr, secret) {
				t.Errorf("the CLI shows output: %s%s", r.Stdout, r.Stderr)
			}
			if fake.Count("") == 0 {
				t.Error("the fake received no request")
			}
		})
	}
}

// The warning about several steps has their names and no output.
func TestStepNameNeeded(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	script := sent(ended("Failed", secretOutput, secretError), ended("Success", secretOutput, ""))
	steps := script.Commands[0].Invocations[0].Steps
	steps[0].Name, steps[1].Name = "first", "second"
	fake := acctest.Serve(t, script)
	r := acctest.NewWorkspace(t, fake.Provider()+invocation()).Run(t, "plan", "-json")
	r.One(t, "warning", "Step Name Needed").Contains(t, `"first"`, `"second"`)
	if strings.Contains(r.Stdout+r.Stderr, secret) {
		t.Errorf("the CLI shows output: %s%s", r.Stdout, r.Stderr)
	}
}

// Invalid arguments are rejected before any request, as in the data source. The timeout's own name
// is timeouts.open.
func TestValidation(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	const combination = "Invalid Attribute Combination"
	tests := map[string]struct {
		arguments []string
		summary   string
		contains  []string
		argument  string
	}{
		"step name of 3 characters":  {[]string{`plugin_name = "run"`}, "Invalid Attribute Value Length", []string{"at least 4"}, "plugin_name"},
		"negative duration":          {[]string{`visibility_timeout = "-1s"`}, "Invalid Duration", []string{"not below zero"}, "visibility_timeout"},
		"timeout of zero":            {[]string{`timeouts { open = "0s" }`}, "Invalid Duration", []string{"timeouts.open must be longer than zero"}, "open"},
		"timeout of the data source": {[]string{`timeouts { read = "1m" }`}, "Unsupported argument", []string{"read"}, "read"},
		"visibility timeout longer than timeout": {[]string{`visibility_timeout = "2m"`, `timeouts { open = "1m" }`}, combination,
			[]string{"visibility_timeout (2m0s) is longer than timeouts.open (1m0s)"}, "visibility_timeout"},
		"require_success without waiting":          {[]string{"require_success = true", "wait_for_completion = false"}, combination, []string{"wait_for_completion"}, "require_success"},
		"max_output_bytes without complete_output": {[]string{"max_output_bytes = 5"}, combination, []string{"complete_output = true"}, "max_output_bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent(ended("Success", "", "")))
			w := acctest.NewWorkspace(t, fake.Provider()+invocation(test.arguments...))
			found := w.Validate(t)
			if len(found) != 1 || found[0].Summary != test.summary || found[0].Severity != "error" || !strings.Contains(found[0].Snippet.Code, test.argument) {
				t.Fatalf("diagnostics %+v", found)
			}
			found[0].Contains(t, test.contains...)
			if n := fake.Count(""); n > 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// If the provider configuration is not known yet, Open during plan must not use the settings of the
// environment.
func TestProviderConfigurationUnknown(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	fake := acctest.Serve(t, sent(ended("Success", "", "")))
	config := strings.Replace(fake.Provider(), `region = "us-east-1"`, "region = terraform_data.late.output", 1) +
		"resource \"terraform_data\" \"late\" { input = \"us-east-1\" }\n" + invocation()
	r := acctest.NewWorkspace(t, config, "AWS_REGION=us-east-1").Run(t, "plan", "-json")
	r.One(t, "error", "Provider Configuration Unknown").Contains(t, "region", "-target")
	if n := fake.Count(""); n > 0 {
		t.Errorf("%d requests", n)
	}
}
