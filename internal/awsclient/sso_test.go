// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"crypto/sha1" // For the names of the AWS CLI's cache files.
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestSSOProfile uses the token of `aws sso login`, with both forms of a profile. The client sends
// one request with that token to the portal at endpoints.sso.
func TestSSOProfile(t *testing.T) {
	const (
		start  = "https://example.awsapps.com/start"
		ssoKey = "ASIASINGLESIGNONSSO0"
		common = "sso_account_id=123456789012\nsso_role_name=reader\nregion=eu-west-1\n"
	)
	for name, c := range map[string]struct{ config, cached string }{
		"a session of its own": {"[profile team]\nsso_session=corp\n" + common + "[sso-session corp]\nsso_start_url=" + start + "\nsso_region=us-east-1\nsso_registration_scopes=sso:account:access\n", "corp"},
		"all in the profile":   {"[profile team]\nsso_start_url=" + start + "\nsso_region=us-east-1\n" + common, start},
	} {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			var asked []string
			portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.RequestURI()+" "+r.Header.Get("X-Amz-Sso_bearer_token"))
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":%q,"secretAccessKey":"s","sessionToken":"t","expiration":%d}}`,
					ssoKey, time.Now().Add(time.Hour).UnixMilli())
			}))
			t.Cleanup(portal.Close)
			server, url := fake(t, fakeaws.Script{})

			sum := sha1.Sum([]byte(c.cached))
			write(t, home, ".aws/config", c.config)
			write(t, home, ".aws/sso/cache/"+hex.EncodeToString(sum[:])+".json",
				fmt.Sprintf(`{"accessToken":"token-of-the-login","expiresAt":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339)))

			clients := mustNew(t, Options{Profile: "team", Endpoints: Endpoints{SSM: url, SSO: portal.URL}})
			if err := read(t.Context(), clients, ""); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]sent{{"ListCommands", ssoKey, "eu-west-1"}}, sentTo(server)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"/federation/credentials?account_id=123456789012&role_name=reader token-of-the-login"}, asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}
