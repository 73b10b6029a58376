// SPDX-License-Identifier: MPL-2.0

package resource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// everything has a value for each argument that replaces.
const everything = `
  document_name      = "AWS-RunShellScript"
  document_version   = "1"
  document_hash      = "${local.hash}"
  document_hash_type = "Sha256"
  instance_ids       = ["` + web + `"]
  parameters         = { commands = ["uptime"] }
  comment            = "before"
  timeout_seconds    = 60
  max_concurrency    = "1"
  max_errors         = "1"
  output_s3_bucket_name = "bucket"
  output_s3_key_prefix  = "prefix"
  cloudwatch_output_config = { cloudwatch_log_group_name = "group" }
  service_role_arn    = "arn:aws:iam::123456789012:role/sns"
  notification_config = { notification_arn = "arn:aws:sns:us-east-1:123456789012:topic", notification_events = ["All"], notification_type = "Command" }
  alarm_configuration = { alarms = [{ name = "alarm" }] }
  region   = "us-east-1"
  triggers = { version = "1" }
`

// A change of an argument that is part of the command sends the command again, and each one names
// itself in the plan. No plan makes a request.
func TestReplacingArguments(t *testing.T) {
	t.Parallel()
	script := nodes(prints("done"))
	script.Regions = []string{"us-east-1", "eu-west-1"}
	s := newStack(t, script, "")
	configure := func(arguments string) {
		s.configure(t, fmt.Sprintf("resource \"ssm_command\" \"this\" {%s}\n", arguments))
	}
	arguments := strings.NewReplacer("  document_hash      = \"${local.hash}\"\n", "", "  document_hash_type = \"Sha256\"\n", "").Replace(everything)
	configure(arguments)
	s.apply(t)
	s.quiet(t, func() {
		if s.plan(t) {
			t.Fatal("the plan after the apply has changes")
		}
		for name, change := range map[string][2]string{
			"document_name":            {`"AWS-RunShellScript"`, `"AWS-RunPowerShellScript"`},
			"document_version":         {`= "1"`, `= "$LATEST"`},
			"document_hash":            {"triggers =", "document_hash = \"abc\"\n triggers ="},
			"instance_ids":             {web, db},
			"parameters":               {`"uptime"`, `"date"`},
			"comment":                  {`"before"`, `"after"`},
			"timeout_seconds":          {`= 60`, `= 61`},
			"max_concurrency":          {`max_concurrency    = "1"`, `max_concurrency    = "2"`},
			"max_errors":               {`max_errors         = "1"`, `max_errors         = "50%"`},
			"output_s3_bucket_name":    {`"bucket"`, `"other"`},
			"output_s3_key_prefix":     {`"prefix"`, `"other"`},
			"cloudwatch_output_config": {`"group"`, `"other"`},
			"service_role_arn":         {"role/sns", "role/other"},
			"notification_config":      {`["All"]`, `["Failed"]`},
			"alarm_configuration":      {`"alarm"`, `"other"`},
			"region":                   {`region   = "us-east-1"`, `region   = "eu-west-1"`},
			"triggers":                 {`version = "1"`, `version = "2"`},
		} {
			changed := strings.Replace(arguments, change[0], change[1], 1)
			if changed == arguments {
				t.Fatalf("%s: the configuration does not have %s", name, change[0])
			}
			configure(changed)
			r := s.Succeed(t, "plan", "-no-color")
			if !strings.Contains(r.Stdout, "1 to add, 0 to change, 1 to destroy") || !namesReplacement(r.Stdout, name) {
				t.Errorf("%s: the plan does not replace because of it:\n%s", name, r.Stdout)
			}
		}
		configure(strings.Replace(arguments, `instance_ids       = ["`+web+`"]`, `targets = [{ key = "tag:Role", values = ["web"] }]`, 1))
		if r := s.Succeed(t, "plan", "-no-color"); !strings.Contains(r.Stdout, "1 to add, 0 to change, 1 to destroy") {
			t.Errorf("targets: the plan does not replace:\n%s", r.Stdout)
		}
	})
}

// namesReplacement reports whether a plan says that an argument forces the replacement.
func namesReplacement(plan, name string) bool {
	lines := strings.Split(plan, "\n")
	for i, line := range lines {
		if !strings.Contains(line, "# forces replacement") {
			continue
		}
		// The line of a collection is the one that ends it or begins it.
		for _, l := range lines[max(0, i-8) : i+1] {
			if strings.Contains(l, " "+name+" ") {
				return true
			}
		}
	}
	return false
}

// Arguments about how Terraform waits and what it stores change in place, without a request, and
// nothing else changes with them.
func TestInPlaceArguments(t *testing.T) {
	t.Parallel()
	script := nodes(prints("done"))
	s := newStack(t, script, command(`instance_ids = null`, `targets = [{ key = "tag:Role", values = ["web"] }]`, `max_targets = 5`))
	s.apply(t)
	before, _ := s.attributes(t)
	s.quiet(t, func() {
		for _, argument := range []string{
			`max_targets = 6`, `require_success = false`, `wait_for_completion = true`, `store_output = true`,
			`node_ready_timeout = "1m"`, `cancel_on_destroy = false`, "timeouts {\n create = \"1h\"\n delete = \"1m\"\n }",
		} {
			s.configure(t, command(`instance_ids = null`, `targets = [{ key = "tag:Role", values = ["web"] }]`, argument))
			r := s.apply(t)
			if !strings.Contains(r.Stdout, "0 added, 1 changed, 0 destroyed") || strings.Contains(r.Stdout, "known after apply") {
				t.Errorf("%s: not in place:\n%s", argument, r.Stdout)
			}
			if s.plan(t) {
				t.Errorf("%s: the plan after the apply has changes", argument)
			}
		}
	})
	after, _ := s.attributes(t)
	for _, name := range []string{"command_id", "status", "comment", "requested_date_time", "expires_after", "invocations"} {
		if fmt.Sprint(after[name]) != fmt.Sprint(before[name]) {
			t.Errorf("%s = %v, want %v", name, after[name], before[name])
		}
	}
}

// store_output = false removes the stored output at once, and setting it back does not read it
// again.
func TestStoreOutput(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("the output")), command())
	s.apply(t)
	content := func() any {
		values, _ := s.attributes(t)
		if n := at(t, values, "invocations", web, "response_code"); n != 0.0 {
			t.Errorf("response_code = %v, want 0", n)
		}
		if at(t, values, "invocations", web, "standard_output_content") != at(t, values, "invocations", web, "steps", 0, "standard_output_content") {
			t.Error("the node's output is not that of its only step")
		}
		return at(t, values, "invocations", web, "standard_output_content")
	}
	if got := content(); got != "the output" {
		t.Errorf("output = %v", got)
	}
	s.quiet(t, func() {
		s.configure(t, command(`store_output = false`))
		s.apply(t)
		if got := content(); got != nil {
			t.Errorf("output after store_output = false: %v, want null", got)
		}
		if s.plan(t) {
			t.Error("the plan after the apply has changes")
		}
		s.configure(t, command())
		s.apply(t)
		if got := content(); got != nil {
			t.Errorf("output after store_output was removed: %v, want null", got)
		}
	})
}

// store_output can be known only during the apply. The plan then cannot tell what is removed.
func TestUnknownStoreOutput(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	config := func(value string) string {
		return "resource \"terraform_data\" \"stores\" {\n  input = " + value + "\n}\n" + command(`store_output = terraform_data.stores.output`)
	}
	s := newStack(t, nodes(prints("the output")), config("true"))
	s.apply(t)
	s.quiet(t, func() {
		for _, value := range []string{"false", "true"} {
			s.configure(t, config(value))
			s.apply(t)
			values, _ := s.attributes(t)
			if got := at(t, values, "invocations", web, "standard_output_content"); got != nil || at(t, values, "invocations", web, "status") != "Success" {
				t.Errorf("with %s: invocations: %v", value, values["invocations"])
			}
		}
		if s.plan(t) {
			t.Error("the plan after the apply has changes")
		}
	})
}

// Without store_output no output is read.
func TestStoreNoOutput(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("the output")), command(`store_output = false`))
	s.apply(t)
	if n := s.requests("GetCommandInvocation"); n != 0 {
		t.Errorf("GetCommandInvocation was called %d times", n)
	}
	values, _ := s.attributes(t)
	if at(t, values, "invocations", web, "status") != "Success" || at(t, values, "invocations", web, "standard_output_content") != nil {
		t.Errorf("invocations: %v", values["invocations"])
	}
	s.quiet(t, func() { s.plan(t) })
}

// A trigger that is unknown in the plan counts as changed, also if it turns out the same.
func TestUnknownTrigger(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	config := `
resource "terraform_data" "version" {
  input            = "1"
  triggers_replace = %s
}
` + command(`triggers = { version = length(terraform_data.version.id) }`)
	s := newStack(t, nodes(prints("done")), fmt.Sprintf(config, `"a"`))
	s.apply(t)
	s.configure(t, fmt.Sprintf(config, `"b"`))
	s.apply(t)
	if n := len(s.Sends()); n != 2 {
		t.Errorf("%d commands were sent, want 2", n)
	}
}

// Growing instance_ids runs the command again on every node, and the plan says so.
func TestGrowingInstanceIDs(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("done")), command())
	s.apply(t)
	s.configure(t, command(`instance_ids = ["`+web+`", "`+db+`"]`))
	r := s.Succeed(t, "plan", "-no-color")
	if !strings.Contains(r.Stdout, "for_each") {
		t.Errorf("the plan does not warn:\n%s", r.Stdout)
	}
}

// Removing an argument that is also computed keeps its value.
func TestRemovedArgumentIsKept(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("done")), command(`comment = "deploy"`, `timeout_seconds = 60`, `max_errors = "10"`))
	s.apply(t)
	s.configure(t, command())
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
	s.apply(t, "-replace="+this)
	sends := s.Sends()
	if len(sends) != 2 {
		t.Fatalf("%d commands were sent, want 2", len(sends))
	}
	if second := sends[1].Command; second.Comment == "deploy" || second.TimeoutSeconds != 3600 || second.MaxErrors != "0" {
		t.Errorf("the replacement has the removed arguments: %+v", second)
	}
}

func TestCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	config := func(script string) string {
		return command(`parameters = { commands = ["`+script+`"] }`, "lifecycle {\n create_before_destroy = true\n }")
	}
	s := newStack(t, nodes(prints("done")), config("one"))
	s.apply(t)
	s.configure(t, config("two"))
	s.apply(t)
	if n := len(s.Sends()); n != 2 {
		t.Errorf("%d commands were sent, want 2", n)
	}
	if n := s.requests("CancelCommand"); n != 0 {
		t.Errorf("CancelCommand was called %d times", n)
	}
	s.quiet(t, func() {
		if s.plan(t) {
			t.Error("the plan has changes")
		}
	})
}

func TestForEachAndDependsOn(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(prints("done")), `
resource "ssm_command" "first" {
  document_name = "AWS-RunShellScript"
  parameters    = { commands = ["first"] }
  instance_ids  = ["`+web+`"]
}

resource "ssm_command" "each" {
  for_each      = toset(["`+web+`", "`+db+`"])
  document_name = "AWS-RunShellScript"
  parameters    = { commands = ["each"] }
  instance_ids  = [each.key]
  depends_on    = [ssm_command.first]
}
`)
	s.apply(t)
	sends := s.Sends()
	if len(sends) != 3 || sends[0].Command.Parameters["commands"][0] != "first" {
		t.Errorf("sent: %v", sends)
	}
	for _, node := range []string{web, db} {
		if n := s.Executions("", node); n != len(sends)/len([]string{web, db})+map[bool]int{true: 1}[node == web] {
			t.Errorf("%s ran %d commands", node, n)
		}
	}
	s.quiet(t, func() { s.plan(t) })
}

// The commands of terraform test are sent like any other, once per run of a test file.
func TestTerraformTest(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TestFiles)
	s := newStack(t, nodes(prints("42")), command())
	s.Write(t, "main.tftest.hcl", `
run "send" {
  assert {
    condition     = ssm_command.this.invocations["`+web+`"].standard_output_content == "42"
    error_message = "wrong output"
  }
}

run "again" {
  assert {
    condition     = ssm_command.this.status == "Success"
    error_message = "wrong status"
  }
}
`)
	s.Succeed(t, "test", "-no-color")
	if n := len(s.Sends()); n != 1 {
		t.Errorf("%d commands were sent, want 1", n)
	}
}

// Nothing that only plans or reads sends a command.
func TestNothingElseSends(t *testing.T) {
	t.Parallel()
	s := newStack(t, nodes(), command())
	s.Validate(t)
	s.quiet(t, func() {
		s.plan(t)
		s.plan(t, "-destroy")
		s.Succeed(t, "providers", "schema", "-json")
	})
}
