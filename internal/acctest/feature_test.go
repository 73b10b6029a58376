// SPDX-License-Identifier: MPL-2.0

package acctest

import "testing"

// A feature is missing only before the version that has it, and the reason has the form that
// scripts/count-tests.sh allows.
func TestFeature(t *testing.T) {
	for printed, want := range map[string]string{
		"Terraform v1.11.4\non linux_amd64":     "needs actions (Terraform 1.14, no OpenTofu): the CLI is Terraform 1.11.4",
		"Terraform v1.13.99\n":                  "needs actions (Terraform 1.14, no OpenTofu): the CLI is Terraform 1.13.99",
		"Terraform v1.14.0-rc1\non linux_amd64": "",
		"Terraform v1.15.9-dev\n":               "",
		"OpenTofu v1.12.6\non linux_amd64\n":    "needs actions (Terraform 1.14, no OpenTofu): the CLI is OpenTofu 1.12.6",
		"OpenTofu v1.99.0\n":                    "needs actions (Terraform 1.14, no OpenTofu): the CLI is OpenTofu 1.99.0",
	} {
		v, err := parseVersion(printed)
		if err != nil {
			t.Fatal(err)
		}
		if got := Actions.missing(v); got != want {
			t.Errorf("%q: %q, want %q", printed, got, want)
		}
	}
	if got := EphemeralResources.missing(version{openTofu: true, minor: 10}); got != "needs ephemeral resources (Terraform 1.10, OpenTofu 1.11): the CLI is OpenTofu 1.10.0" {
		t.Errorf("OpenTofu 1.10: %q", got)
	}
	if got := EphemeralResources.missing(version{minor: 10}); got != "" {
		t.Errorf("Terraform 1.10: %q", got)
	}
	for _, printed := range []string{"", "Terraform v0.15.5", "Terraform v2.0.0", "fish"} {
		if v, err := parseVersion(printed); err == nil {
			t.Errorf("%q is version %v", printed, v)
		}
	}
}
