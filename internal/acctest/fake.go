// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// Secrets in every configuration of [Fake.Provider]. None of them may appear in any output.
const (
	SecretKey    = "not-to-be-seen-secret-key"
	SessionToken = "not-to-be-seen-session-token"
)

// Fake is the fake of the API, on loopback.
type Fake struct {
	*fakeaws.Server
	URL string
}

// Serve starts the fake for the duration of a test. The times of the script count from now.
func Serve(t *testing.T, script fakeaws.Script) *Fake {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return &Fake{Server: server, URL: url}
}

// Provider returns the first blocks of a configuration: the source of the provider, and a provider
// block with static keys for us-east-1 that sends requests to the fake. The arguments are added to
// the provider block as lines. An argument that the block already has replaces it.
func (f *Fake) Provider(arguments ...string) string {
	lines := []string{
		`region = "us-east-1"`,
		`access_key = "AKIAACCTESTACCTEST00"`,
		fmt.Sprintf("secret_key = %q", SecretKey),
		fmt.Sprintf("token = %q", SessionToken),
		fmt.Sprintf("endpoints {\n    ssm = %[1]q\n    sts = %[1]q\n  }", f.URL),
	}
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, " ")
		for i, line := range lines {
			if strings.HasPrefix(line, name+" ") {
				lines[i] = ""
			}
		}
		lines = append(lines, argument)
	}
	return Source + Block("provider", "ssm", lines...)
}
