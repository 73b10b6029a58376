// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"crypto/sha1" // For the names of the AWS CLI's cache files.
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// setBundle makes AWS_CA_BUNDLE name a certificate. The SDK's own HTTP client is then in use.
func setBundle(t *testing.T) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	t.Setenv("AWS_CA_BUNDLE", write(t, t.TempDir(), "bundle.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))))
}

// TestNoRedirectIsFollowed redirects each service to another port of the same host, and to another
// host. No request may arrive there, and the redirect must not count as the service's response.
func TestNoRedirectIsFollowed(t *testing.T) {
	type call func(t *testing.T, url string) error
	services := map[string]call{
		"SSM": func(t *testing.T, url string) error {
			opts := keys()
			opts.Token, opts.Endpoints.SSM = "session-token", url
			return read(t.Context(), mustNew(t, opts), "")
		},
		"S3": func(t *testing.T, url string) error {
			opts := keys()
			opts.Token, opts.Endpoints.S3, opts.S3UsePathStyle = "session-token", url, true
			client, err := mustNew(t, opts).S3(t.Context(), "us-east-1")
			if err != nil {
				return err
			}
			_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
			return err
		},
		"STS": func(t *testing.T, url string) error {
			opts := withRole(url)
			opts.MaxRetries = 1
			return read(t.Context(), mustNew(t, opts), "")
		},
		"STS with AWS_CA_BUNDLE": func(t *testing.T, url string) error {
			setBundle(t)
			opts := withRole(url)
			opts.MaxRetries = 1
			return read(t.Context(), mustNew(t, opts), "")
		},
		"SSO": func(t *testing.T, url string) error {
			home := isolate(t)
			const start = "https://example.awsapps.com/start"
			sum := sha1.Sum([]byte(start))
			write(t, home, ".aws/config", "[profile team]\nsso_start_url="+start+"\nsso_region=us-east-1\nsso_account_id=123456789012\nsso_role_name=reader\nregion=us-east-1\n")
			write(t, home, ".aws/sso/cache/"+hex.EncodeToString(sum[:])+".json",
				fmt.Sprintf(`{"accessToken":"token-of-the-login","expiresAt":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339)))
			return read(t.Context(), mustNew(t, Options{Profile: "team", MaxRetries: 1, Endpoints: Endpoints{SSO: url}}), "")
		},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, send := range services {
			for _, host := range []string{"127.0.0.1", "localhost"} {
				t.Run(fmt.Sprintf("%d from %s to %s", status, name, host), func(t *testing.T) {
					isolate(t)
					var foreign, asked atomic.Int32
					target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						foreign.Add(1)
						w.Header().Set("ETag", `"1"`)
						_, _ = fmt.Fprint(w, `{}`)
					}))
					t.Cleanup(target.Close)
					service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						asked.Add(1)
						http.Redirect(w, r, strings.Replace(target.URL, "127.0.0.1", host, 1)+r.URL.Path, status)
					}))
					t.Cleanup(service.Close)
					if err := send(t, service.URL); err == nil {
						t.Error("the redirect counts as a response")
					}
					if asked.Load() == 0 || foreign.Load() > 0 {
						t.Errorf("%d requests to the service, %d to the target of its redirect", asked.Load(), foreign.Load())
					}
				})
			}
		}
	}
}

// TestInstanceRedirect: a process on the instance's network cannot redirect the fetch of
// credentials.
func TestInstanceRedirect(t *testing.T) {
	isolate(t)
	var foreign atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { foreign.Add(1) }))
	t.Cleanup(target.Close)
	service := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	t.Cleanup(service.Close)
	on := false
	clients := mustNew(t, Options{EC2MetadataServiceEndpoint: service.URL, SkipMetadataAPICheck: &on})
	if region, err := clients.Region(t.Context()); err == nil {
		t.Errorf("the Region is %q", region)
	}
	if err := read(t.Context(), clients, "us-east-1"); err == nil {
		t.Error("there are credentials")
	}
	if n := foreign.Load(); n > 0 {
		t.Errorf("%d requests to the target of the redirect", n)
	}
}
