// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Secrets that must not appear in errors.
const (
	sentinelKey      = "sentinel/Secret+Access+Key/000000000000"
	sentinelToken    = "sentinel//Session+Token=="
	sentinelExternal = "sentinel:external/id"
	sentinelWeb      = "sentinel-web-identity-token"
)

// failure returns the error of a read whose credentials cannot be fetched, and checks that no text
// of it has a sentinel.
func failure(t *testing.T, clients *Clients) *CredentialsError {
	t.Helper()
	err := read(t.Context(), clients, "")
	var credentials *CredentialsError
	if !errors.As(err, &credentials) {
		t.Fatalf("error = %v", err)
	}
	for _, text := range []string{err.Error(), credentials.Failure, credentials.Message, credentials.Sources, credentials.Advice} {
		if strings.Contains(text, "sentinel") {
			t.Errorf("a secret is in %q", text)
		}
	}
	return credentials
}

// TestCredentialProcess checks the errors for mistakes of the helper of credential_process.
func TestCredentialProcess(t *testing.T) {
	const good = `{"Version": 1, "AccessKeyId": "AKIDPROCESSPROCESS00", "SecretAccessKey": "` + sentinelKey + `", "SessionToken": "` + sentinelToken + `"}`
	const notJSON = "is not the JSON object that credential_process requires"
	for name, test := range map[string]struct{ script, want string }{
		"a notice before the JSON": {"echo 'A new version is available'; echo '" + good + "'", notJSON},
		"a bad member":             {"echo '" + strings.Replace(good, `"Version": 1`, `"Version": "1"`, 1) + "'", notJSON},
		"another version":          {"echo '" + strings.Replace(good, `"Version": 1`, `"Version": 2`, 1) + "'", notJSON},
		"a member missing":         {"echo '" + strings.Replace(good, "AccessKeyId", "AccessKey", 1) + "'", notJSON},
		"nothing":                  {"true", notJSON},
		"an exit status":           {"echo '" + good + "'; exit 3", "ended with exit status 3"},
		"not found":                {"", "ended with exit status 127"},
	} {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			command := home + "/none"
			if test.script != "" {
				command = "sh " + write(t, home, "helper.sh", test.script+"\n")
			}
			write(t, home, ".aws/config", "[default]\nregion=us-east-1\ncredential_process="+command+"\n")
			got := failure(t, mustNew(t, Options{}))
			if !strings.Contains(got.Failure, test.want) || got.Temporary {
				t.Errorf("%+v", got)
			}
		})
	}
}

// echo is an STS that rejects each request with the code, and repeats the form and the headers.
func echo(t *testing.T, code, message string) string {
	t.Helper()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		text := fmt.Sprintf(message, r.Form.Get("WebIdentityToken")+r.Form.Get("ExternalId"), r.Header.Get("X-Amz-Security-Token"))
		var escaped strings.Builder
		if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, &escaped)
	}))
	t.Cleanup(listener.Close)
	return listener.URL
}

// TestServiceRepeatsSecrets: STS repeats rejected values, and the canonical request if the
// signature does not match.
func TestServiceRepeatsSecrets(t *testing.T) {
	const (
		repeat    = "1 validation error detected: Value '%s' failed to satisfy constraint, token %s"
		canonical = "The request signature we calculated does not match the signature you provided. Check your key.\n\nThe Canonical String for this request should have been\n'POST\n%s\nx-amz-security-token:%s\n'"
		keysOf    = "aws_access_key_id=AKIASENTINELSENTINEL\naws_secret_access_key=" + sentinelKey + "\naws_session_token=" + sentinelToken + "\n"
		profile   = "[default]\nregion=us-east-1\nrole_arn=" + roleFile + "\nsource_profile=base\nexternal_id=" + sentinelExternal + "\n[profile base]\n" + keysOf
	)
	number := 0
	for name, test := range map[string]struct {
		env    map[string]string
		config string
		opts   func(own func(string) string) Options
	}{
		"token and external ID as arguments": {nil, "", func(own func(string) string) Options {
			return Options{Region: "us-east-1", AccessKey: ownKey, SecretKey: own(sentinelKey), Token: own(sentinelToken), AssumeRole: []AssumeRole{{RoleARN: roleOne, ExternalID: own(sentinelExternal)}}}
		}},
		"keys of the environment": {map[string]string{"AWS_ACCESS_KEY_ID": envKey, "AWS_SECRET_ACCESS_KEY": sentinelKey, "AWS_SESSION_TOKEN": sentinelToken}, "", func(func(string) string) Options {
			return Options{Region: "us-east-1", AssumeRole: []AssumeRole{{RoleARN: roleOne}}}
		}},
		"keys of a profile": {nil, "[default]\n" + keysOf, func(func(string) string) Options {
			return Options{Region: "us-east-1", AssumeRole: []AssumeRole{{RoleARN: roleOne}}}
		}},
		"role of a profile": {nil, profile, func(func(string) string) Options { return Options{} }},
		"web identity token": {nil, "", func(own func(string) string) Options {
			return Options{Region: "us-east-1", AssumeRoleWithWebIdentity: &WebIdentity{RoleARN: roleOne, Token: own(sentinelWeb)}}
		}},
		"web identity token file": {nil, "", func(own func(string) string) Options {
			return Options{Region: "us-east-1", AssumeRoleWithWebIdentity: &WebIdentity{RoleARN: roleOne, TokenFile: own("TOKEN")}}
		}},
		"AWS_WEB_IDENTITY_TOKEN_FILE": {map[string]string{"AWS_ROLE_ARN": roleOne, "AWS_WEB_IDENTITY_TOKEN_FILE": "TOKEN"}, "", func(func(string) string) Options { return Options{Region: "us-east-1"} }},
		"token file of a profile":     {nil, "[default]\nrole_arn=" + roleFile + "\nweb_identity_token_file=TOKEN\n", func(func(string) string) Options { return Options{Region: "us-east-1"} }},
	} {
		for code, message := range map[string]string{"ValidationError": repeat, "SignatureDoesNotMatch": canonical} {
			t.Run(name+" "+code, func(t *testing.T) {
				home := isolate(t)
				// Secrets are redacted in the whole process: each test needs its own.
				number++
				own := func(text string) string {
					text = strings.ReplaceAll(text, "sentinel", fmt.Sprintf("sentinel%d", number))
					return strings.ReplaceAll(text, "TOKEN", home+"/token")
				}
				write(t, home, "token", own(sentinelWeb)+"\n")
				for variable, value := range test.env {
					t.Setenv(variable, own(value))
				}
				write(t, home, ".aws/config", own(test.config))
				opts := test.opts(own)
				opts.Endpoints.STS = echo(t, code, message)
				got := failure(t, mustNew(t, opts))
				if got.Code != code || got.Temporary {
					t.Errorf("%+v", got)
				}
				if code == "SignatureDoesNotMatch" && got.Message != "The request signature we calculated does not match the signature you provided." {
					t.Errorf("message %q", got.Message)
				}
			})
		}
	}
}

// TestChainIsRedacted: the token of an earlier role of a chain appears only in requests.
func TestChainIsRedacted(t *testing.T) {
	isolate(t)
	_, url := fake(t, fakeaws.Script{})
	opts := keys()
	opts.Endpoints = Endpoints{SSM: url, STS: url}
	first, last := "arn:aws:iam::111111111111:role/first-of-chain", "arn:aws:iam::222222222222:role/last-of-chain"
	opts.AssumeRole = []AssumeRole{{RoleARN: first}, {RoleARN: last}}
	if err := read(t.Context(), mustNew(t, opts), ""); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{fakeaws.SessionTokenFor(first), fakeaws.SessionTokenFor(last), fakeaws.AccessKeyFor(last)} {
		if got := redact.Text("in " + secret + "."); got != "in (sensitive)." {
			t.Errorf("%q remains", got)
		}
	}
}

// TestKeysAreRedacted checks the keys of the environment and of the profile before their first use.
func TestKeysAreRedacted(t *testing.T) {
	home := isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "sentinel-env-access-key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "sentinel-env-secret-key")
	t.Setenv("AWS_SESSION_TOKEN", "sentinel-env-token")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "sentinel-container-token")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write(t, home, "token", "sentinel-container-file\n"))
	write(t, home, ".aws/config", "[default]\nrole_arn="+roleFile+"\nsource_profile=base\n"+
		"[profile base]\naws_access_key_id=sentinel-file-access-key\naws_secret_access_key=sentinel-file-secret-key\naws_session_token=sentinel-file-token\n")
	if _, err := mustNew(t, keys()).MaxAttempts(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		"sentinel-env-access-key", "sentinel-env-secret-key", "sentinel-env-token", "sentinel-container-token", "sentinel-container-file",
		"sentinel-file-access-key", "sentinel-file-secret-key", "sentinel-file-token",
	} {
		if got := redact.Text("in " + secret + "."); got != "in (sensitive)." {
			t.Errorf("%q remains", got)
		}
	}
}

// TestPasswordsOfURLs checks passwords in URLs of proxies and endpoints, in arguments and
// variables.
func TestPasswordsOfURLs(t *testing.T) {
	isolate(t)
	t.Setenv("HTTPS_PROXY", "http://user:sentinel-one@proxy.test:3128")
	t.Setenv("http_proxy", "http://user:sentinel-two@proxy.test:3128")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://user:sentinel-three@s3.test")
	opts := keys()
	proxy := "http://user:sentinel%2Ffour@proxy.test:3128"
	opts.HTTPProxy, opts.Endpoints.STS = &proxy, "https://user:sentinel-five@sts.test"
	if _, err := mustNew(t, opts).MaxAttempts(t.Context()); err != nil {
		t.Fatal(err)
	}
	opts.Redact()
	for _, secret := range []string{"sentinel-one", "sentinel-two", "sentinel-three", "sentinel/four", "sentinel%2Ffour", "sentinel-five", "dXNlcjpzZW50aW5lbC1vbmU="} {
		if got := redact.Text("in " + secret + "."); got != "in (sensitive)." {
			t.Errorf("%q remains", got)
		}
	}
}

// TestUnavailableSource: an unavailable source does not invalidate the credentials. The client
// repeats the fetch, which succeeds when the source is available again.
func TestUnavailableSource(t *testing.T) {
	t.Run("STS recovers", func(t *testing.T) {
		isolate(t)
		server, url := fake(t, fakeaws.Script{Faults: []fakeaws.Fault{{Operation: "AssumeRole", Kind: fakeaws.InternalError, Times: stsAttempts + 1}}})
		if err := read(t.Context(), mustNew(t, withRole(url)), ""); err != nil {
			t.Fatal(err)
		}
		if got, want := server.Count("AssumeRole"), stsAttempts+1+2; got != want { // The base assumes a role twice.
			t.Errorf("%d requests, want %d", got, want)
		}
	})
	t.Run("max_retries counts", func(t *testing.T) {
		isolate(t)
		server, url := fake(t, fakeaws.Script{Faults: []fakeaws.Fault{{Operation: "AssumeRole", Kind: fakeaws.HTML503, Times: -1}}})
		opts := withRole(url)
		opts.MaxRetries = 2
		if got := failure(t, mustNew(t, opts)); !got.Temporary || !got.CredentialsUnavailable() || !strings.Contains(got.Failure, "HTTP status 503") {
			t.Errorf("%+v", got)
		}
		if got := server.Count("AssumeRole"); got != 2 {
			t.Errorf("%d requests", got)
		}
	})
	for name, fault := range map[string]fakeaws.Fault{
		"200 without credentials":                 {Kind: fakeaws.Empty200},
		"200 of a portal":                         {Kind: fakeaws.HTML200},
		"200 without credentials, a moment later": {Kind: fakeaws.Empty200, Skip: 1}, // In the SDK's cache, which panics in a goroutine.
	} {
		for _, bundle := range []bool{false, true} {
			if bundle && (fault.Skip > 0 || fault.Kind == fakeaws.HTML200) {
				continue // See settings.sdkBundle.
			}
			t.Run(fmt.Sprintf("%s, AWS_CA_BUNDLE %t", name, bundle), func(t *testing.T) {
				isolate(t)
				if bundle {
					setBundle(t)
				}
				fault.Operation, fault.Times = "AssumeRole", -1
				_, url := fake(t, fakeaws.Script{Faults: []fakeaws.Fault{fault}})
				opts := withRole(url)
				opts.MaxRetries = 1
				if got := failure(t, mustNew(t, opts)); !got.Temporary || !strings.Contains(got.Failure, "contains no credentials") {
					t.Errorf("%+v", got)
				}
			})
		}
	}
}

// temporary is the error of an unavailable source.
var temporary = &CredentialsError{Failure: "503", Temporary: true}

// TestPersist checks the waits in virtual time.
func TestPersist(t *testing.T) {
	final := &CredentialsError{Failure: "denied"}
	for name, test := range map[string]struct {
		attempts int
		limit    time.Duration // Of the caller.
		fetch    func(ctx context.Context, n int) error
		want     error
		fetches  int
		took     time.Duration
	}{
		"succeeds":                 {0, time.Hour, func(context.Context, int) error { return nil }, nil, 1, 0},
		"succeeds the third time":  {0, time.Hour, failTimes(2, temporary), nil, 3, 3 * time.Second},
		"final":                    {0, time.Hour, failTimes(99, final), final, 1, 0},
		"a minute":                 {0, time.Hour, failTimes(99, temporary), temporary, 14, 57 * time.Second},
		"max_retries":              {2 * stsAttempts, time.Hour, failTimes(99, temporary), temporary, 2, time.Second},
		"the caller's time":        {0, 10 * time.Second, failTimes(99, temporary), temporary, 4, 10 * time.Second},
		"the caller's time, early": {0, 10 * time.Second, hangFrom(1), context.DeadlineExceeded, 1, 10 * time.Second},
		"hangs after a failure":    {0, 10 * time.Second, hangFrom(2), temporary, 2, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				begun, fetches := time.Now(), 0
				_, err := persist(ctx, test.attempts, func(ctx context.Context) (int, error) {
					fetches++
					return 0, test.fetch(ctx, fetches)
				})
				if !errors.Is(err, test.want) || fetches != test.fetches || time.Since(begun) != test.took {
					t.Errorf("%v after %d fetches and %s", err, fetches, time.Since(begun))
				}
			})
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(500*time.Millisecond, cancel)
			begun := time.Now()
			_, err := persist(ctx, 0, func(context.Context) (int, error) { return 0, temporary })
			if !errors.Is(err, context.Canceled) || time.Since(begun) != 500*time.Millisecond {
				t.Errorf("%v after %s", err, time.Since(begun))
			}
		})
	})
}

func failTimes(times int, err error) func(context.Context, int) error {
	return func(_ context.Context, n int) error {
		if n <= times {
			return err
		}
		return nil
	}
}

// hangFrom fails, and blocks from the nth fetch on.
func hangFrom(first int) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		if n < first {
			return temporary
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

// TestFetchLimitIsReported checks the error; TestShared checks the limit itself.
func TestFetchLimitIsReported(t *testing.T) {
	isolate(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	got := mustNew(t, keys()).credentialsError(ctx, roleOne, context.DeadlineExceeded)
	if !got.Temporary || !strings.Contains(got.Failure, roleOne) || !strings.Contains(got.Failure, "within 1m0s") {
		t.Errorf("%+v", got)
	}
}
