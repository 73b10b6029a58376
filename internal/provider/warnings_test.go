// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// TestWarningsShowOnce: an apply that makes its own plan configures the provider twice, and
// Terraform must not show a warning twice.
func TestWarningsShowOnce(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.TerraformData)
	for _, arguments := range [][]string{{"plan"}, {"apply", "-auto-approve"}} {
		t.Run(arguments[0], func(t *testing.T) {
			t.Parallel()
			w := acctest.NewWorkspace(t, acctest.Source+acctest.Block("provider", "ssm",
				`region = "us-east-1"`, "insecure = true", "endpoints {\n    ssm = \"http://ssm.example.test\"\n  }")+
				"data \"ssm_commands\" \"this\" {\n  count  = 0\n  status = \"Success\"\n}\n\nresource \"terraform_data\" \"this\" {}\n")
			r := w.Succeed(t, append(arguments, "-no-color")...)
			for _, summary := range []string{"Certificates Not Verified", "Connection Not Encrypted"} {
				if n := strings.Count(r.Stdout+r.Stderr, "Warning: "+summary); n != 1 {
					t.Errorf("%q shows %d times:\n%s%s", summary, n, r.Stdout, r.Stderr)
				}
			}
			if arguments[0] == "plan" && strings.Contains(r.Stdout, "more similar warning") {
				t.Error("a warning is shown twice")
			}
		})
	}
}
