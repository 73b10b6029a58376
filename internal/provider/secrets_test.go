// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

const (
	command = "1f4c3bd1-8ac3-4b20-9d0b-4a4b1b6f1f5e"
	node    = "i-0123456789abcdef0"
	role    = "arn:aws:iam::123456789012:role/reader"
)

// sentinel begins every secret of these tests.
const sentinel = "sentinel-"

// TestSecretsOfFetchingCredentials: no failure to fetch credentials writes a secret to the
// terminal, to the output of -json, or to a log of the highest level.
func TestSecretsOfFetchingCredentials(t *testing.T) {
	t.Parallel()
	const (
		keys  = "aws_access_key_id = " + sentinel + "access-key-id\naws_secret_access_key = " + sentinel + "secret/key+0000000000\naws_session_token = " + sentinel + "session//token==\n"
		chain = "[default]\nrole_arn = " + role + "\nsource_profile = base\nexternal_id = " + sentinel + "external:id/1\n\n[profile base]\n" + keys
		json  = `{"Version": 1, "AccessKeyId": "` + sentinel + `access-key-id", "SecretAccessKey": "` + sentinel + `secret", "SessionToken": "` + sentinel + `token"}`

		invalid   = "ValidationError"
		signature = "SignatureDoesNotMatch"
	)
	for name, test := range map[string]struct {
		code, config string
		arguments    []string
		env          []string
		shows        string
	}{
		"credential_process": {invalid, "[default]\ncredential_process = sh HOME/helper.sh\n", nil, nil, "credential_process"},
		"token of an argument, signature": {signature, "", []string{
			`access_key = "` + sentinel + `access-key-id"`, `secret_key = "` + sentinel + `secret-key-0000"`, `token = "` + sentinel + `session//token=="`,
			"assume_role {\n    role_arn    = \"" + role + "\"\n    external_id = \"" + sentinel + "external:id/1\"\n  }",
		}, nil, signature},
		"token of a profile, signature":    {signature, "[default]\n" + keys, []string{"assume_role {\n    role_arn = \"" + role + "\"\n  }"}, nil, signature},
		"token of a source profile":        {signature, chain, nil, nil, signature},
		"external ID of a profile":         {invalid, chain, nil, nil, invalid},
		"web_identity_token_file":          {invalid, "", []string{"assume_role_with_web_identity {\n    role_arn                = \"" + role + "\"\n    web_identity_token_file = \"HOME/token\"\n  }"}, nil, invalid},
		"AWS_WEB_IDENTITY_TOKEN_FILE":      {invalid, "", nil, []string{"AWS_ROLE_ARN=" + role, "AWS_WEB_IDENTITY_TOKEN_FILE=HOME/token"}, invalid},
		"password in AWS_ENDPOINT_URL_SSM": {invalid, "", nil, []string{"AWS_ENDPOINT_URL_SSM=http://user:" + sentinel + "password@[host"}, "AWS_ENDPOINT_URL_SSM"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			in := func(text string) string { return strings.ReplaceAll(text, "HOME", home) }
			for file, content := range map[string]string{
				"config": in(test.config), "token": sentinel + "web-identity-token\n", "helper.sh": "echo A new version is available\necho '" + json + "'\n",
			} {
				if err := os.WriteFile(filepath.Join(home, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			sts := repeatingSTS(t, test.code)
			lines := append([]string{`region = "us-east-1"`, fmt.Sprintf("endpoints {\n    sts = %q\n  }", sts)}, test.arguments...)
			log := filepath.Join(home, "log")
			env := append([]string{
				"AWS_CONFIG_FILE=" + filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "none"),
				"TF_LOG=TRACE", "TF_LOG_CORE=TRACE", "TF_LOG_PROVIDER=TRACE", "TF_LOG_SDK=TRACE", "TF_LOG_SDK_PROTO=TRACE", "TF_LOG_SDK_FRAMEWORK=TRACE", "TF_LOG_PATH=" + log,
			}, test.env...)
			for i := range env {
				env[i] = in(env[i])
			}
			w := acctest.NewWorkspace(t, in(acctest.Source+acctest.Block("provider", "ssm", lines...)+acctest.Invocation(command, node)), env...)
			for _, arguments := range [][]string{{"plan", "-no-color"}, {"plan", "-json"}} {
				r := w.Run(t, arguments...)
				if r.Code != 1 || !strings.Contains(r.Stdout+r.Stderr, test.shows) {
					t.Errorf("%v ended with code %d, or without %q:\n%s%s", arguments, r.Code, test.shows, r.Stdout, r.Stderr)
				}
				clean(t, strings.Join(arguments, " "), r.Stdout+r.Stderr)
			}
			content, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(content), "plugin process exited") {
				t.Error("the log is not of the highest level")
			}
			clean(t, "the log", string(content))
		})
	}
}

// clean checks that no line contains a secret.
func clean(t *testing.T, where, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, sentinel) {
			t.Errorf("a secret is in %s: %s", where, line)
		}
	}
}

// repeatingSTS rejects each request with the code, and repeats the values of the request.
func repeatingSTS(t *testing.T, code string) string {
	t.Helper()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		var message strings.Builder
		text := "The value '" + r.Form.Get("WebIdentityToken") + r.Form.Get("ExternalId") + "' does not match. Check it.\n\nThe Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:" +
			r.Header.Get("X-Amz-Security-Token") + "\n' and " + r.Form.Get("ExternalId")
		if err := xml.EscapeText(&message, []byte(text)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, &message)
	}))
	t.Cleanup(listener.Close)
	return listener.URL
}
