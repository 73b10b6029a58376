// SPDX-License-Identifier: MPL-2.0

package ephemeral_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// TestOpenedAgain: what the documentation says about when it is opened, one request each time, because nothing of it is
// kept. A destroy opens it where it configures the provider of what is destroyed, and refresh or not makes no difference.
func TestOpenedAgain(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	w := acctest.NewWorkspace(t, beside(fake.Provider()+invocation()+echo), acctest.ServeProvider(t, "ssm-provider/echo", echoprovider.NewProviderServer()))
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

// TestNotOpenedForNothing: a destroy opens it for its refresh. Without one, what does not need it does not open it: that is
// the way out where the history is gone.
func TestNotOpenedForNothing(t *testing.T) {
	t.Parallel()
	fake := acctest.Serve(t, sent(ended("Success", "out\n", "")))
	w := acctest.NewWorkspace(t, fake.Provider()+invocation()+`
resource "terraform_data" "told" {
  provisioner "local-exec" {
    command     = "test \"$TOKEN\" = out"
    environment = { TOKEN = trimspace(`+this+`.standard_output_content) }
  }
}`)
	w.Succeed(t, "apply", "-auto-approve")
	costs(t, fake, 1, func() { w.Succeed(t, "plan", "-destroy") })
	costs(t, fake, 0, func() { w.Succeed(t, "destroy", "-refresh=false", "-auto-approve") })
}

// costs wants a run to make so many requests.
func costs(t *testing.T, fake *acctest.Fake, want int, run func()) {
	t.Helper()
	before := fake.Count("")
	run()
	if got := fake.Count("") - before; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
}
