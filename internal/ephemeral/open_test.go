// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// Terraform opens the resource in each operation, with one request, as the documentation says. A
// destroy opens the resource if it configures the provider of a destroyed resource, with and
// without a refresh.
func TestOpenInEachOperation(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	w := acctest.NewWorkspace(t, withEcho(fake.Provider()+invocation()+echo), acctest.ServeProvider(t, "ssm-provider/echo", echoprovider.NewProviderServer()))
	opens := func(want int, arguments ...string) {
		t.Helper()
		costs(t, fake, want, func() { w.Succeed(t, arguments...) })
	}
	opens(0, "validate")
	opens(1, "plan", "-out=plan")
	opens(1, "apply", "plan")
	opens(1, "plan", "-detailed-exitcode")
	opens(0, "show")
	opens(1, "plan", "-destroy", "-refresh=false", "-out=plan")
	opens(1, "apply", "plan")
}

// A destroy opens the resource for its refresh. Without a refresh, a destroy does not open the
// resource if nothing needs its values: so that it works after the command has expired.
func TestOpenInDestroy(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.EphemeralResources)
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	w := acctest.NewWorkspace(t, fake.Provider()+invocation()+`
resource "terraform_data" "user" {
  provisioner "local-exec" {
    command     = "test \"$TOKEN\" = out"
    environment = { TOKEN = trimspace(`+this+`.standard_output_content) }
  }
}`)
	w.Succeed(t, "apply", "-auto-approve")
	costs(t, fake, 1, func() { w.Succeed(t, "plan", "-destroy") })
	costs(t, fake, 0, func() { w.Succeed(t, "destroy", "-refresh=false", "-auto-approve") })
}

// costs checks the number of requests of a run.
func costs(t *testing.T, fake *acctest.Fake, want int, run func()) {
	t.Helper()
	before := fake.Count("")
	run()
	if got := fake.Count("") - before; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}
