// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

var (
	noCapabilities = provider.ConfigureProviderClientCapabilities{}
	mayDefer       = provider.ConfigureProviderClientCapabilities{DeferralAllowed: true}
)

// TestUnknownIsNotUnset: the provider must not use the credentials and the Region of the
// environment if an argument is unknown.
func TestUnknownIsNotUnset(t *testing.T) {
	tests := map[string]struct {
		change block
		name   string
	}{
		"region":                       {block{"region": unknown}, "region"},
		"profile":                      {block{"profile": unknown}, "profile"},
		"assume_role":                  {block{"assume_role": unknown}, "assume_role"},
		"one role of two":              {block{"assume_role": []any{block{"role_arn": role}, block{"role_arn": unknown}}}, "assume_role[1].role_arn"},
		"a role's tag":                 {block{"assume_role": []any{block{"role_arn": role, "tags": block{"team": unknown}}}}, `assume_role[0].tags["team"]`},
		"an account":                   {block{"allowed_account_ids": []any{"111111111111", unknown}}, "allowed_account_ids"},
		"an endpoint":                  {block{"endpoints": []any{block{"sts": unknown}}}, "endpoints.sts"},
		"a file":                       {block{"shared_config_files": []any{unknown}}, "shared_config_files[0]"},
		"two unknowns":                 {block{"region": unknown, "profile": unknown}, "profile, region"},
		"together with an invalid one": {block{"region": unknown, "retry_mode": "legacy"}, "region"},
		"the web identity":             {block{"assume_role_with_web_identity": []any{block{"role_arn": role, "web_identity_token": unknown}}}, "assume_role_with_web_identity[0].web_identity_token"},
		"an argument without effect":   {block{"skip_credentials_validation": unknown}, "skip_credentials_validation"},
		"the region's switch":          {block{"skip_region_validation": unknown}, "skip_region_validation"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			server, url := fake(t)
			t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENTENVIR")
			t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
			t.Setenv("AWS_REGION", "us-east-1")
			t.Setenv("AWS_ENDPOINT_URL", url)

			r, resp := configure(t, test.change, noCapabilities)
			if resp.Diagnostics.HasError() || resp.Deferred != nil {
				t.Fatal(resp)
			}
			for _, region := range []string{"", "us-east-1"} {
				reader, diags := r.Client(t.Context(), region)
				if reader != nil {
					t.Error("there is a client")
				}
				wantError(t, diags, "Provider Configuration Unknown", ": "+test.name+". ", "-target", "variable", "second configuration")
			}
			if n := server.Count(""); n > 0 {
				t.Errorf("%d requests were sent", n)
			}

			_, resp = configure(t, test.change, mayDefer)
			if resp.Diagnostics.HasError() || resp.Deferred == nil || resp.Deferred.Reason != provider.DeferredReasonProviderConfigUnknown {
				t.Errorf("not deferred: %v %v", resp.Deferred, resp.Diagnostics)
			}
		})
	}
}

func TestKnownIsNotDeferred(t *testing.T) {
	isolate(t)
	if _, resp := configure(t, block{"region": "us-east-1"}, mayDefer); resp.Deferred != nil || resp.Diagnostics.HasError() {
		t.Error(resp)
	}
}

func TestConfigureNamesTheArgument(t *testing.T) {
	isolate(t)
	_, resp := configure(t, block{"retry_mode": "legacy"}, noCapabilities)
	wantError(t, resp.Diagnostics, "Invalid Provider Configuration", `"retry_mode"`, "standard")
	if resp.DataSourceData != nil {
		t.Error("provider data is set")
	}
}

func TestWarnings(t *testing.T) {
	const plain, unverified = "Connection Not Encrypted", "Certificates Not Verified"
	endpoint := func(url string) block { return block{"endpoints": []any{block{"sts": url}}} }
	for name, test := range map[string]struct {
		env   map[string]string
		block block
		want  []string
		names string // A part of the detail of the last warning.
	}{
		"nothing set":               {nil, block{}, nil, ""},
		"insecure":                  {nil, block{"insecure": true}, []string{unverified}, "custom_ca_bundle"},
		"http":                      {nil, endpoint("http://sts.example.test"), []string{plain}, "endpoints.sts"},
		"both":                      {nil, block{"insecure": true, "endpoints": []any{block{"s3": "http://10.0.0.1", "ssm": "http://10.0.0.1"}}}, []string{unverified, plain}, "endpoints.ssm and endpoints.s3"},
		"https":                     {nil, endpoint("https://sts.example.test"), nil, ""},
		"loopback":                  {nil, endpoint("http://127.0.0.2:4566"), nil, ""},
		"loopback by name":          {nil, endpoint("http://localhost:4566"), nil, ""},
		"loopback over IPv6":        {nil, endpoint("http://[::1]:4566"), nil, ""},
		"environment":               {map[string]string{"AWS_ENDPOINT_URL": "http://sts.example.test"}, block{}, []string{plain}, "begin with http: AWS_ENDPOINT_URL."},
		"argument over environment": {map[string]string{"AWS_ENDPOINT_URL_STS": "http://sts.example.test"}, endpoint("https://sts.example.test"), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			var got []string
			_, resp := configure(t, test.block, noCapabilities)
			for _, d := range resp.Diagnostics {
				if d.Severity() != diag.SeverityWarning {
					t.Errorf("an error: %s", d.Detail())
				}
				got = append(got, d.Summary())
				if len(got) == len(test.want) && !strings.Contains(d.Detail(), test.names) {
					t.Errorf("the detail lacks %q: %s", test.names, d.Detail())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClient(t *testing.T) {
	isolate(t)
	server, url := fake(t)
	r := mustConfigure(t, block{
		"region": "us-east-1", "access_key": "AKIAARGUMENTARGUMENT", "secret_key": "s", "max_retries": 3,
		"endpoints": []any{block{"ssm": url}},
	})
	if n := server.Count(""); n > 0 {
		t.Errorf("Configure sent %d requests", n)
	}
	own, diags := r.Client(t.Context(), "")
	if diags.HasError() {
		t.Fatal(diags)
	}
	if again, _ := r.Client(t.Context(), "us-east-1"); again != own {
		t.Error("two clients for one Region")
	}
	other, diags := r.Client(t.Context(), "eu-west-1")
	if diags.HasError() || other == own {
		t.Errorf("no separate client for another Region: %v", diags)
	}
	if own.Region() != "us-east-1" || other.Region() != "eu-west-1" {
		t.Errorf("regions %s and %s", own.Region(), other.Region())
	}
}

func TestClientErrors(t *testing.T) {
	key := block{"access_key": "AKIAARGUMENTARGUMENT", "secret_key": "s"}
	with := func(more block) block {
		b := maps.Clone(key)
		maps.Copy(b, more)
		return b
	}
	_, url := fake(t)
	type readerError struct {
		env     map[string]string
		block   block
		region  string
		summary string
		words   []string
	}
	tests := map[string]readerError{
		"no host label":                {nil, with(block{"skip_region_validation": true}), "us east/1", "Invalid Region", []string{"us east/1", "cannot be a Region"}},
		"an endpoint without scheme":   {map[string]string{"AWS_ENDPOINT_URL_SSM": "127.0.0.1:4566"}, key, "us-east-1", "Invalid Provider Configuration", []string{"AWS_ENDPOINT_URL_SSM", "http or https"}},
		"no region":                    {nil, key, "", "Region Needed", []string{`"region" of the object`, "AWS_REGION", `profile "default"`}},
		"the read's region":            {nil, key, "us-east1", "Invalid Region", []string{"us-east1", "skip_region_validation"}},
		"the environment's region":     {map[string]string{"AWS_REGION": "us-east1"}, key, "", "Invalid Region", []string{"us-east1", "AWS_REGION"}},
		"no credentials":               {nil, block{}, "us-east-1", "Invalid Credentials", []string{"No request was sent", "set AWS_PROFILE", "aws sts get-caller-identity"}},
		"a profile that is not there":  {nil, block{"profile": "none"}, "us-east-1", "Invalid Provider Configuration", []string{`"profile"`, `"none"`}},
		"an account that is forbidden": {nil, with(block{"forbidden_account_ids": []any{"123456789012"}, "endpoints": []any{block{"sts": url}}}), "us-east-1", "Invalid Credentials", []string{"123456789012", "forbidden_account_ids"}},
	}
	outOfOrder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(outOfOrder.Close)
	tests["STS unavailable"] = readerError{nil, with(block{"max_retries": 1, "assume_role": []any{block{"role_arn": role}}, "endpoints": []any{block{"sts": outOfOrder.URL}}}),
		"us-east-1", "Service Unavailable", []string{"AWS STS", "HTTP status 500", "The credentials may be valid.", "then the block assume_role"}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			_, diags := mustConfigure(t, test.block).Client(t.Context(), test.region)
			wantError(t, diags, test.summary, test.words...)
		})
	}
	t.Run("a panic while credentials are fetched", func(t *testing.T) {
		wantError(t, diag.Diagnostics{diagnose(&awsclient.PanicError{})}, "Invalid Credentials", "panic: ", "bug")
	})
	t.Run("an explicitly allowed Region of another form", func(t *testing.T) {
		isolate(t)
		if _, diags := mustConfigure(t, with(block{"skip_region_validation": true})).Client(t.Context(), "mars"); diags.HasError() {
			t.Error(diags)
		}
	})
}

// TestClientInterrupted interrupts the wait for an STS that never responds.
func TestClientInterrupted(t *testing.T) {
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(release) }) // Before Close, which waits for it.
	isolate(t)
	b := block{
		"region": "us-east-1", "access_key": "AKIAARGUMENTARGUMENT", "secret_key": "s",
		"assume_role": []any{block{"role_arn": role}}, "endpoints": []any{block{"sts": silent.URL}},
	}
	start := time.Now()

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, diags := mustConfigure(t, b).Client(ctx, "")
	wantError(t, diags, "Read Interrupted")

	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, diags = mustConfigure(t, b).Client(ctx, "")
	wantError(t, diags, "Service Unavailable", "did not end within the timeout", "The credentials may be valid.")

	if waited := time.Since(start); waited > time.Second {
		t.Errorf("took %s", waited)
	}
}

// TestLogLine has everything that a request may write to the log. The request ID is what a hostile
// service returned.
func TestLogLine(t *testing.T) {
	var log bytes.Buffer
	logAttempt(tflogtest.RootLogger(t.Context(), &log), awscall.Attempt{
		Operation: "GetCommandInvocation", Number: 2, Outcome: "ThrottlingException", RequestID: "::add-mask::\x1b[2J", Duration: 1500 * time.Millisecond,
	})
	lines, err := tflogtest.MultilineJSONDecode(&log)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"@level": "debug", "@message": "Called AWS", "@module": "provider",
		"operation": "GetCommandInvocation", "attempt": float64(2), "outcome": "ThrottlingException", "request_id": `\x3a:add-mask::\x1b[2J`, "duration": "1.5s",
	}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func fake(t *testing.T) (*fakeaws.Server, string) {
	t.Helper()
	server, err := fakeaws.New(fakeaws.Script{Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return server, listener.URL
}
