// SPDX-License-Identifier: MPL-2.0

// The tests of this package run the real CLI with the provider and the fake of the API. What the
// ephemeral resource shares with the data source is tested with the data source. The tests here
// show that it is shared, and that no output is stored.
//
// Deliberately not tested here:
//
//   - Each response of the service, and long waits: package runcommand does, in virtual time.
//   - The text of every message: package datasource does. One of each kind is here.
//   - Terraform before 1.10 and OpenTofu before 1.11, which have no ephemeral resources. They reject
//     an ephemeral block themselves, and the data sources work without it.
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

// ended is a step that ended before the test.
func ended(status, stdout, stderr string) fakeaws.Step {
	return fakeaws.Step{
		Timeline:       []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 4.175, Status: status}},
		StandardOutput: stdout, StandardError: stderr,
	}
}

// running is a step that started and runs longer than any test.
func running() fakeaws.Step {
	return fakeaws.Step{Timeline: []fakeaws.Moment{{At: 1, Status: "InProgress"}, {At: 36000, Status: "Success"}}}
}

// written is a script of a command that also writes its output to a bucket.
func written(step fakeaws.Step) fakeaws.Script {
	s := sent(step)
	s.Commands[0].OutputS3BucketName, s.Commands[0].OutputS3Region = "outputs", "us-east-1"
	return s
}

// withFaults is a script with faults.
func withFaults(s fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	s.Faults = faults
	return s
}

// withS3 is an argument of the provider block that sends the requests of all three services to the
// fake.
func withS3(s *acctest.Fake) string {
	return fmt.Sprintf("endpoints {\n    ssm = %[1]q\n    sts = %[1]q\n    s3  = %[1]q\n  }", s.URL)
}

// invocation returns the block ephemeral "ssm_command_invocation" "this".
func invocation(arguments ...string) string {
	lines := append([]string{fmt.Sprintf("command_id = %q", command), fmt.Sprintf("instance_id = %q", node)}, arguments...)
	return "ephemeral \"ssm_command_invocation\" \"this\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n\n"
}

// echo passes the ephemeral value to provider echo, whose resource stores it in state. A test has
// no other way to read the value.
const echo = `
provider "echo" { data = ` + this + ` }
resource "echo" "copy" {}
`

// withEcho adds the source of provider echo to a configuration.
func withEcho(config string) string {
	return strings.Replace(config, "required_providers {", "required_providers {\n    echo = { source = \"ssm-provider/echo\" }", 1)
}

// open runs plan, apply, another plan, and destroy with each configuration, with this provider and
// provider echo in this process.
func open(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	acctest.Needs(t, acctest.EphemeralResources)
	factories := map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()}
	for name, factory := range acctest.Factories() {
		factories[name] = factory
	}
	for i := range steps {
		steps[i].Config = withEcho(steps[i].Config)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    steps,
	})
}

// checks compares attributes of the value that provider echo received.
func checks(want map[string]knownvalue.Check) []statecheck.StateCheck {
	var all []statecheck.StateCheck
	for name, value := range want {
		all = append(all, statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey(name), value))
	}
	return all
}

// Short names for frequent checks.
var (
	null = knownvalue.Null()
	is   = knownvalue.StringExact
	yes  = knownvalue.Bool(true)
	no   = knownvalue.Bool(false)
)
