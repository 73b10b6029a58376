// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
)

// Feature is what not every CLI has that the provider works with.
type Feature struct {
	name string
	// since are the first minor versions of CLI major version 1 that have it, -1 if there is none.
	terraform, openTofu int
}

// The features that tests need, with the versions that the changelogs of Terraform and OpenTofu
// name.
var (
	TerraformData = Feature{"terraform_data", 4, 6}
	ImportBlocks  = Feature{"import blocks", 5, 6}
	Checks        = Feature{"check blocks", 5, 6}
	TestFiles     = Feature{"test files", 6, 6}
	MockedTests   = Feature{"mocks in test files", 7, 8}
	// GeneratedConfig is -generate-config-out, with which Terraform 1.5 and 1.6 crash
	// (hashicorp/terraform#34463), and OpenTofu 1.10 (opentofu/opentofu#3555).
	GeneratedConfig    = Feature{"generated configuration", 7, 11}
	ProviderFunctions  = Feature{"provider functions", 8, 7}
	EphemeralResources = Feature{"ephemeral resources", 10, 11}
	WriteOnly          = Feature{"write-only arguments", 11, 11}
	ResourceIdentity   = Feature{"resource identity", 12, 12}
	Actions            = Feature{"actions", 14, -1}
	Query              = Feature{"the command `query`", 14, -1}
)

// Needs skips a test if the CLI does not have a feature. scripts/count-tests.sh allows the test to
// be skipped by the form of the message.
func Needs(t *testing.T, f Feature) {
	t.Helper()
	if why := f.missing(cliVersion); why != "" {
		t.Skip(why)
	}
}

// missing says what a version of the CLI does not have, and is empty if it has the feature.
func (f Feature) missing(v version) string {
	since := f.terraform
	if v.openTofu {
		since = f.openTofu
	}
	if since >= 0 && v.minor >= since {
		return ""
	}
	return fmt.Sprintf("needs %s (%s, %s): the CLI is %s", f.name, released("Terraform", f.terraform), released("OpenTofu", f.openTofu), v)
}

// released says since when a CLI has a feature.
func released(cli string, minor int) string {
	if minor < 0 {
		return "no " + cli
	}
	return fmt.Sprintf("%s 1.%d", cli, minor)
}

// version is the version of a CLI, whose major version is 1.
type version struct {
	openTofu     bool
	minor, patch int
}

// cliVersion is the version of the CLI that findCLI selected.
var cliVersion version

func (v version) String() string {
	name := "Terraform"
	if v.openTofu {
		name = "OpenTofu"
	}
	return fmt.Sprintf("%s 1.%d.%d", name, v.minor, v.patch)
}

var firstLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v1\.(\d+)\.(\d+)`)

// parseVersion reads the version from what `terraform version` prints.
func parseVersion(printed string) (version, error) {
	found := firstLine.FindStringSubmatch(printed)
	if found == nil {
		return version{}, fmt.Errorf("no version 1 of Terraform or OpenTofu: %s", printed)
	}
	minor, _ := strconv.Atoi(found[2]) // These are digits.
	patch, _ := strconv.Atoi(found[3])
	return version{found[1] == "OpenTofu", minor, patch}, nil
}
