// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// A failed condition of a check or a postcondition prints the values that it names, as the guide on
// secrets says. Only a sensitive local value prevents that.
func TestFailedConditionPrintsItsValues(t *testing.T) {
	t.Parallel()
	acctest.Needs(t, acctest.Checks)
	const secret = "only-for-your-eyes"
	read := func(lines ...string) string { return acctest.Invocation(command, node, lines...) }
	check := func(expression string) string {
		return "check \"it\" {\n  assert {\n    condition     = length(" + expression + ") > 99\n    error_message = \"Too short.\"\n  }\n}\n"
	}
	content := this + ".standard_output_content"
	for name, test := range map[string]struct {
		config string
		shown  bool
	}{
		"a check of the attribute":           {read() + check(content), true},
		"a check with sensitive()":           {read() + check("sensitive("+content+")"), true},
		"a check of a sensitive local value": {read() + "locals { secret = sensitive(" + content + ") }\n" + check("local.secret"), false},
		"a postcondition":                    {read("lifecycle {\n    postcondition {\n      condition     = length(self.standard_output_content) > 99\n      error_message = \"Too short.\"\n    }\n  }"), true},
		"a check of a derived local value":   {read() + "locals { long = length(" + content + ") > 99 }\n" + strings.Replace(check("x"), "length(x) > 99", "local.long", 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent(ended("Success", secret, "")))
			w := acctest.NewWorkspace(t, fake.Provider()+test.config)
			r := w.Run(t, "plan", "-json")
			if found := r.Diagnostics(t); len(found) != 1 || found[0].Detail != "Too short." {
				t.Fatalf("%+v", found)
			}
			var printed strings.Builder
			for line := range strings.Lines(r.Stdout) {
				var message struct{ Type string }
				if err := json.Unmarshal([]byte(line), &message); err == nil && message.Type == "diagnostic" {
					printed.WriteString(line)
				}
			}
			if got := strings.Contains(printed.String(), secret); got != test.shown {
				t.Errorf("shown: %t, want %t: %s", got, test.shown, printed.String())
			}
		})
	}
}
