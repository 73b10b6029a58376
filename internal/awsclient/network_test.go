// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestCertificates checks which certificates are trusted.
func TestCertificates(t *testing.T) {
	server, _ := fake(t, fakeaws.Script{})
	listener := httptest.NewTLSServer(server)
	t.Cleanup(listener.Close)
	bundle := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listener.Certificate().Raw}))

	tests := map[string]struct {
		change func(t *testing.T, o *Options, path string)
		fails  bool
	}{
		"an unknown certificate is not trusted": {func(*testing.T, *Options, string) {}, true},
		"custom_ca_bundle":                      {func(_ *testing.T, o *Options, path string) { o.CustomCABundle = path }, false},
		"AWS_CA_BUNDLE":                         {func(t *testing.T, _ *Options, path string) { t.Setenv("AWS_CA_BUNDLE", path) }, false},
		"insecure":                              {func(_ *testing.T, o *Options, _ string) { o.Insecure = true }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			opts := keys()
			opts.Endpoints.SSM = listener.URL
			test.change(t, &opts, write(t, home, "bundle.pem", bundle))
			if err := read(t.Context(), mustNew(t, opts), ""); (err != nil) != test.fails {
				t.Errorf("error = %v, wanted one: %v", err, test.fails)
			}
		})
	}
}

func TestCABundleThatIsMissing(t *testing.T) {
	home := isolate(t)
	garbage := home + "/garbage.pem"
	if err := os.WriteFile(garbage, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{home + "/none.pem", garbage} {
		opts := keys()
		opts.CustomCABundle = file
		_, err := mustNew(t, opts).SSM(t.Context(), "us-east-1")
		var problem *OptionError
		if !errors.As(err, &problem) || problem.Argument != "custom_ca_bundle" || !strings.Contains(err.Error(), file) {
			t.Errorf("error = %v, wanted one of custom_ca_bundle that names %s", err, file)
		}
	}
}

// TestProxyIsUsed sends a request through a proxy to a host that does not exist.
func TestProxyIsUsed(t *testing.T) {
	isolate(t)
	server, proxy := fake(t, fakeaws.Script{})
	opts := keys()
	opts.HTTPProxy = &proxy
	opts.Endpoints.SSM = "http://ssm.example.test"
	if err := read(t.Context(), mustNew(t, opts), ""); err != nil {
		t.Fatal(err)
	}
	if got := server.Requests()[0].Host; got != "ssm.example.test" {
		t.Errorf("host = %q", got)
	}
}

// TestProxyChoice checks the proxy that the transport selects, without sending requests, which
// could leave the machine.
func TestProxyChoice(t *testing.T) {
	text := func(s string) *string { return &s }
	tests := map[string]struct {
		env     map[string]string
		opts    Options
		request string
		want    string
	}{
		"none":                                {request: "http://a.test"},
		"argument":                            {opts: Options{HTTPProxy: text("http://p:1")}, request: "http://a.test", want: "http://p:1"},
		"argument for HTTPS too":              {opts: Options{HTTPProxy: text("http://p:1")}, request: "https://a.test", want: "http://p:1"},
		"HTTPS on its own":                    {opts: Options{HTTPProxy: text("http://p:1"), HTTPSProxy: text("http://q:2")}, request: "https://a.test", want: "http://q:2"},
		"environment":                         {env: map[string]string{"HTTPS_PROXY": "http://e:3"}, request: "https://a.test", want: "http://e:3"},
		"empty argument against environment":  {env: map[string]string{"HTTPS_PROXY": "http://e:3"}, opts: Options{HTTPSProxy: text("")}, request: "https://a.test"},
		"NO_PROXY":                            {env: map[string]string{"HTTPS_PROXY": "http://e:3", "NO_PROXY": "a.test"}, request: "https://a.test"},
		"no_proxy takes NO_PROXY's place":     {env: map[string]string{"HTTPS_PROXY": "http://e:3", "NO_PROXY": "a.test"}, opts: Options{NoProxy: text("b.test")}, request: "https://a.test", want: "http://e:3"},
		"an empty no_proxy excepts no host":   {env: map[string]string{"HTTPS_PROXY": "http://e:3", "NO_PROXY": "a.test"}, opts: Options{NoProxy: text("")}, request: "https://a.test", want: "http://e:3"},
		"no_proxy excepts a host":             {opts: Options{HTTPProxy: text("http://p:1"), NoProxy: text("a.test")}, request: "http://a.test"},
		"no_proxy excepts nothing but a host": {opts: Options{HTTPProxy: text("http://p:1"), NoProxy: text("a.test")}, request: "http://b.test", want: "http://p:1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			test.opts.AccessKey, test.opts.SecretKey = ownKey, "secret"
			clients := mustNew(t, test.opts)
			settings, err := clients.settings.get(t.Context(), clients.loadSettings)
			if err != nil {
				t.Fatal(err)
			}
			target, err := url.Parse(test.request)
			if err != nil {
				t.Fatal(err)
			}
			proxy, err := settings.transport.Proxy(&http.Request{URL: target})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if proxy != nil {
				got = proxy.String()
			}
			if got != test.want {
				t.Errorf("proxy = %q, want %q", got, test.want)
			}
		})
	}
}

// TestHosts checks the host of a request. A proxy that rejects every tunnel records the name and
// keeps the request on the machine.
func TestHosts(t *testing.T) {
	tests := map[string]struct {
		env    map[string]string
		change func(*Options)
		want   string
	}{
		"plain":      {change: func(*Options) {}, want: "ssm.eu-west-1.amazonaws.com:443"},
		"FIPS":       {change: func(o *Options) { o.UseFIPS = true }, want: "ssm-fips.eu-west-1.amazonaws.com:443"},
		"dual stack": {change: func(o *Options) { o.UseDualStack = true }, want: "ssm.eu-west-1.api.aws:443"},
		"FIPS from the environment": {
			env: map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, change: func(*Options) {}, want: "ssm-fips.eu-west-1.amazonaws.com:443",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			hosts := make(chan string, 1)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusForbidden)
				hosts <- r.Host
				cancel() // The SDK would retry.
			}))
			t.Cleanup(proxy.Close)
			opts := keys()
			opts.HTTPSProxy = &proxy.URL
			test.change(&opts)
			if err := read(ctx, mustNew(t, opts), "eu-west-1"); err == nil {
				t.Error("the read succeeded through a proxy that rejects it")
			}
			if got := <-hosts; got != test.want {
				t.Errorf("host = %q, want %q", got, test.want)
			}
		})
	}
}

// instance is the metadata service of an EC2 instance.
func instance(t *testing.T, region string) string {
	t.Helper()
	answers := map[string]string{
		"/latest/api/token":                               "token",
		"/latest/meta-data/iam/security-credentials/":     "role",
		"/latest/meta-data/iam/security-credentials/role": `{"Code":"Success","AccessKeyId":"` + fileKey + `","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}`,
		"/latest/meta-data/placement/region":              region,
		"/latest/dynamic/instance-identity/document":      `{"region":"` + region + `"}`,
	}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, known := answers[r.URL.Path]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		_, _ = fmt.Fprint(w, answer)
	}))
	t.Cleanup(listener.Close)
	return listener.URL
}

func TestInstance(t *testing.T) {
	on, off := false, true
	tests := map[string]struct {
		change func(*Options)
		want   string // the region, "" for none
	}{
		"region and credentials come from the instance":           {func(o *Options) { o.SkipMetadataAPICheck = &on }, "eu-west-1"},
		"a disabled metadata service has no Region":               {func(o *Options) { o.SkipMetadataAPICheck = &off }, ""},
		"an instance is not used together with keys as arguments": {func(o *Options) { o.AccessKey, o.SecretKey, o.SkipMetadataAPICheck = ownKey, "s", &on }, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			server, ssmURL := fake(t, fakeaws.Script{})
			opts := Options{EC2MetadataServiceEndpoint: instance(t, "eu-west-1"), Endpoints: Endpoints{SSM: ssmURL}}
			test.change(&opts)
			clients := mustNew(t, opts)
			region, err := clients.Region(t.Context())
			if region != test.want {
				t.Fatalf("region = %q (%v), want %q", region, err, test.want)
			}
			if test.want == "" {
				var needed *RegionNeededError
				if !errors.As(err, &needed) {
					t.Fatalf("error = %v, want a RegionNeededError", err)
				}
				return
			}
			if err := read(t.Context(), clients, ""); err != nil {
				t.Fatal(err)
			}
			if got := server.Requests()[0]; got.AccessKeyID != fileKey || got.Region != test.want {
				t.Errorf("signed by %s for %s", got.AccessKeyID, got.Region)
			}
		})
	}
}

// TestRetries checks the SDK's retries. max_retries has no effect on them, because it counts
// failures over all polls of a read.
func TestRetries(t *testing.T) {
	tests := map[string]struct {
		env      map[string]string
		files    map[string]string
		change   func(*Options)
		counted  int
		adaptive bool
	}{
		"by default":        {adaptive: true},
		"max_retries":       {change: func(o *Options) { o.MaxRetries = 25 }, counted: 25, adaptive: true},
		"AWS_MAX_ATTEMPTS":  {env: map[string]string{"AWS_MAX_ATTEMPTS": "7"}, counted: 7, adaptive: true},
		"argument first":    {env: map[string]string{"AWS_MAX_ATTEMPTS": "7"}, change: func(o *Options) { o.MaxRetries = 9 }, counted: 9, adaptive: true},
		"profile":           {files: map[string]string{".aws/config": "[default]\nmax_attempts=8\nretry_mode=standard\n"}, counted: 8},
		"retry_mode":        {change: func(o *Options) { o.RetryMode = "standard" }},
		"AWS_RETRY_MODE":    {env: map[string]string{"AWS_RETRY_MODE": "standard"}},
		"retry_mode first":  {env: map[string]string{"AWS_RETRY_MODE": "standard"}, change: func(o *Options) { o.RetryMode = "adaptive" }, adaptive: true},
		"with a rate limit": {change: func(o *Options) { o.TokenBucketRateLimiterCapacity = 10 }, adaptive: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			for path, content := range test.files {
				write(t, home, path, content)
			}
			opts := keys()
			if test.change != nil {
				test.change(&opts)
			}
			clients := mustNew(t, opts)
			counted, err := clients.MaxAttempts(t.Context())
			if err != nil || counted != test.counted {
				t.Errorf("MaxAttempts = %d, %v; want %d", counted, err, test.counted)
			}
			current, err := clients.fetchSession(t.Context(), "us-east-1")
			if err != nil {
				t.Fatal(err)
			}
			retryer := ssm.NewFromConfig(clients.regional(current, "us-east-1")).Options().Retryer
			if got := retryer.MaxAttempts(); got != attempts {
				t.Errorf("the SDK makes %d attempts, want %d", got, attempts)
			}
			if _, adaptive := retryer.(adaptiveMode); adaptive != test.adaptive {
				t.Errorf("retryer is %T, adaptive wanted: %v", retryer, test.adaptive)
			}
			for attempt := range 20 {
				if d, err := retryer.RetryDelay(attempt+1, errors.New("x")); err != nil || d > maxBackoff {
					t.Errorf("delay after attempt %d = %s, %v", attempt+1, d, err)
				}
			}
		})
	}
}

// TestRateLimitIsBounded checks that throttled reads do not wait for each other: the limiter of the
// SDK's adaptive mode would let one attempt pass in two seconds.
func TestRateLimitIsBounded(t *testing.T) {
	t.Parallel()
	r := retryer(aws.RetryModeAdaptive, 0)().(aws.RetryerV2)
	throttled := &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	for range 3 {
		release, err := r.GetAttemptToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := release(throttled); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	var attempts sync.WaitGroup
	for range 10 {
		attempts.Go(func() {
			if _, err := r.GetAttemptToken(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	attempts.Wait()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("ten attempts waited %s for the rate limiter, the bound is %s", took, longestRateLimit)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := r.GetAttemptToken(ctx); err != nil {
			return
		}
	}
	t.Error("an attempt does not end with its context")
}

// TestTokenBucket checks that the capacity, if set, limits retries, and that there is no such limit
// otherwise.
func TestTokenBucket(t *testing.T) {
	take := func(capacity int) (taken int) {
		r := retryer(aws.RetryModeStandard, capacity)()
		for range 500 {
			if _, err := r.GetRetryToken(t.Context(), errors.New("x")); err != nil {
				break
			}
			taken++
		}
		return taken
	}
	if got := take(0); got != 500 {
		t.Errorf("without a capacity %d retries were allowed", got)
	}
	if got := take(10); got != 2 { // A retry costs 5 tokens.
		t.Errorf("with a capacity of 10, %d retries were allowed", got)
	}
}

// repeatingSTS responds like STS that rejects a request and repeats its values.
func repeatingSTS(t *testing.T) string {
	t.Helper()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		echo, err := json.Marshal(r.Form)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `<ErrorResponse><Error><Code>ValidationError</Code><Message>%s %s</Message></Error></ErrorResponse>`, echo, r.Header.Get("X-Amz-Security-Token"))
	}))
	t.Cleanup(listener.Close)
	return listener.URL
}
