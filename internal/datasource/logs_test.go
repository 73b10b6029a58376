// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// The log at level TRACE, of every part of the CLI and the provider, contains no output and no
// secret, and one line per call.
func TestLogs(t *testing.T) {
	t.Parallel()
	const (
		role     = "arn:aws:iam::123456789012:role/reader"
		external = "not-to-be-seen-external-id"
		stdout   = "not-to-be-seen-output"
		stderr   = "not-to-be-seen-error"
	)
	for name, test := range map[string]struct {
		step      fakeaws.Step
		arguments []string
		code      int
	}{
		"success":                {ended("Success", stdout, stderr), nil, 0},
		"require_success failed": {ended("Failed", stdout, "failed to run commands: exit status 1"), []string{"require_success = true"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, struck(sent(test.step), fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.Throttle}))
			log := filepath.Join(t.TempDir(), "log")
			w := acctest.NewWorkspace(t,
				fake.Provider(`assume_role {
    role_arn    = "`+role+`"
    external_id = "`+external+`"
  }`)+acctest.Invocation(command, node, test.arguments...),
				"TF_LOG=TRACE", "TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_PROTO=TRACE", "TF_LOG_SDK_FRAMEWORK=TRACE",
				"TF_LOG_PATH="+log)
			if r := w.Run(t, "plan"); r.Code != test.code {
				t.Fatalf("code %d: %s%s", r.Code, r.Stdout, r.Stderr)
			}
			bytes, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(bytes)) {
				for _, secret := range []string{acctest.SecretKey, acctest.SessionToken, external, fakeaws.SessionTokenFor(role), stdout, stderr} {
					if strings.Contains(line, secret) {
						t.Errorf("%s is in the log: %s", secret, line)
					}
				}
			}
			if !strings.Contains(string(bytes), "plugin process exited") {
				t.Error("the log is not at level TRACE")
			}
			if n := strings.Count(string(bytes), "operation=GetCommandInvocation"); n != 2 {
				t.Errorf("%d lines about 2 calls", n)
			}
			for _, word := range []string{"outcome=ThrottlingException", "outcome=200", "attempt=2"} {
				if !strings.Contains(string(bytes), word) {
					t.Errorf("the log does not contain %s", word)
				}
			}
			for _, r := range fake.Requests() {
				if r.Service == "ssm" && r.AccessKeyID != fakeaws.AccessKeyFor(role) || r.Service == "sts" && r.ExternalID != external {
					t.Errorf("the secrets were not used: %+v", r)
				}
			}
		})
	}
}
