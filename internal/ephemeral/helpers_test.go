// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the real CLI with the provider and a fake of the service. Package datasource tests the code
// that the data source and the ephemeral resource share. The tests here check that both share it, and that no value stays
// in the plan or the state.
//
// Deliberately not tested here:
//
//   - Each row of how the service behaves, and long waits: package runcommand, in virtual time.
//   - Every message word for word: package datasource. One of each kind that an Open can end in is here.
//   - Terraform before 1.10 and OpenTofu before 1.11, which have no ephemeral resources: there the data sources work as they
//     always did, and a configuration with an ephemeral block is refused by the CLI itself.
package ephemeral_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	command = "11111111-1111-4111-8111-111111111111"
	node    = "i-0aaaaaaaaaaaaaaaa"
	this    = "ephemeral.ssm_command_invocation.this"
	atOnce  = `visibility_timeout = "0s"`
)

// sent is a script of one command, sent a minute ago to one node.
func sent(steps ...fakeaws.Step) fakeaws.Script {
	return fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID: command, SentAt: -60,
		Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: steps}},
	}}}
}

// ended is a step that was over long ago.
func ended(status, stdout, stderr string) fakeaws.Step {
	return fakeaws.Step{
		Timeline:       []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 4.175, Status: status}},
		StandardOutput: stdout, StandardError: stderr,
	}
}

// running is a step that has begun and goes on for longer than any test.
func running() fakeaws.Step {
	return fakeaws.Step{Timeline: []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 36000, Status: "Success"}}}
}

// written is the script of a command that wrote its output to a bucket as well.
func written(step fakeaws.Step) fakeaws.Script {
	s := sent(step)
	s.Commands[0].OutputS3BucketName, s.Commands[0].OutputS3Region = "outputs", "us-east-1"
	return s
}

// struck is a script with faults.
func struck(s fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	s.Faults = faults
	return s
}

// withS3 is a provider block's argument that sends the requests for all three services to the fake.
func withS3(s *acctest.Fake) string {
	return fmt.Sprintf("endpoints {\n    ssm = %[1]q\n    sts = %[1]q\n    s3  = %[1]q\n  }", s.URL)
}

// invocation writes ephemeral "ssm_command_invocation" "this".
func invocation(arguments ...string) string {
	lines := append([]string{fmt.Sprintf("command_id = %q", command), fmt.Sprintf("instance_id = %q", node)}, arguments...)
	return "ephemeral \"ssm_command_invocation\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n\n"
}

// echo hands the ephemeral value to provider echo, whose one resource puts its configuration into state: the only way in
// which a test gets to see such a value.
const echo = `
provider "echo" { data = ` + this + ` }
resource "echo" "seen" {}
`

// beside makes a configuration say where provider echo comes from.
func beside(config string) string {
	return strings.Replace(config, "required_providers {", "required_providers {\n    echo = { source = \"ssm-provider/echo\" }", 1)
}

// opened runs plan, apply, another plan and destroy over the configurations, with this provider and echo in this process.
func opened(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	factories := map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()}
	for name, factory := range acctest.Factories() {
		factories[name] = factory
	}
	for i := range steps {
		steps[i].Config = beside(steps[i].Config)
	}
	resource.UnitTest(t, resource.TestCase{
		// By the bare number this is Terraform 1.11 too, although 1.10 has ephemeral resources: OpenTofu has them since 1.11.
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		ProtoV6ProviderFactories: factories,
		Steps:                    steps,
	})
}

// sees wants attributes of what echo was given.
func sees(want map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, value := range want {
		checks = append(checks, statecheck.ExpectKnownValue("echo.seen", tfjsonpath.New("data").AtMapKey(name), value))
	}
	return checks
}

// Shorter names for what is said most often.
var (
	null = knownvalue.Null()
	is   = knownvalue.StringExact
	yes  = knownvalue.Bool(true)
	no   = knownvalue.Bool(false)
)
