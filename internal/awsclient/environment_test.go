// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"errors"
	"strings"
	"testing"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestEnvironmentFaults: an invalid value in the environment or the profile is a fault of the
// configuration, reported before any request, by name, and without a value that may contain a
// password.
func TestEnvironmentFaults(t *testing.T) {
	const valid = "http://127.0.0.1:1"
	fips, dualStack := Options{UseFIPS: true}, Options{UseDualStack: true}
	for name, test := range map[string]struct {
		env      map[string]string
		config   string
		opts     Options
		argument string
		want     string
	}{
		"SSM without scheme":        {map[string]string{"AWS_ENDPOINT_URL_SSM": "127.0.0.1:4566"}, "", Options{}, "", "AWS_ENDPOINT_URL_SSM is not a URL"},
		"SSM with the host's name":  {map[string]string{"AWS_ENDPOINT_URL_SSM": "localhost:4566"}, "", Options{}, "", "AWS_ENDPOINT_URL_SSM is not a URL"},
		"SSM malformed":             {map[string]string{"AWS_ENDPOINT_URL_SSM": "http://user:sentinel@[host"}, "", Options{}, "", "AWS_ENDPOINT_URL_SSM is not a URL"},
		"STS":                       {map[string]string{"AWS_ENDPOINT_URL_STS": "sts"}, "", Options{}, "", "AWS_ENDPOINT_URL_STS is not a URL"},
		"SSO":                       {map[string]string{"AWS_ENDPOINT_URL_SSO": "sso"}, "", Options{}, "", "AWS_ENDPOINT_URL_SSO is not a URL"},
		"S3":                        {map[string]string{"AWS_ENDPOINT_URL_S3": "s3"}, "", Options{}, "", "AWS_ENDPOINT_URL_S3 is not a URL"},
		"all services":              {map[string]string{"AWS_ENDPOINT_URL": "aws"}, "", Options{}, "", "AWS_ENDPOINT_URL is not a URL"},
		"profile":                   {nil, "[default]\nendpoint_url=aws\n", Options{}, "", `endpoint_url of the profile "default" is not a URL`},
		"service of a profile":      {nil, "[default]\nservices=mock\n[services mock]\nssm =\n  endpoint_url = aws\n", Options{}, "", `endpoint_url of the profile "default" is not a URL`},
		"FIPS":                      {map[string]string{"AWS_ENDPOINT_URL_SSM": valid}, "", fips, "use_fips_endpoint", "AWS_ENDPOINT_URL_SSM sets it"},
		"FIPS for S3":               {map[string]string{"AWS_ENDPOINT_URL_S3": valid}, "", fips, "use_fips_endpoint", "AWS_ENDPOINT_URL_S3 sets it"},
		"FIPS from the environment": {map[string]string{"AWS_ENDPOINT_URL": valid, "AWS_USE_FIPS_ENDPOINT": "true"}, "", Options{}, "", "AWS_USE_FIPS_ENDPOINT"},
		"dual stack":                {map[string]string{"AWS_ENDPOINT_URL_SSM": valid}, "", dualStack, "use_dualstack_endpoint", "AWS_ENDPOINT_URL_SSM sets it"},
		"dual stack from a profile": {map[string]string{"AWS_ENDPOINT_URL_SSM": valid}, "[default]\nuse_dualstack_endpoint=true\n", Options{}, "", "use_dualstack_endpoint of the profile"},
		"user agent":                {map[string]string{"TF_APPEND_USER_AGENT": "a\r\nb"}, "", Options{}, "", "TF_APPEND_USER_AGENT"},
		"AWS_CA_BUNDLE":             {map[string]string{"AWS_CA_BUNDLE": "/none/bundle.pem"}, "", Options{}, "", "/none/bundle.pem"},
	} {
		t.Run(name, func(t *testing.T) {
			home := isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			write(t, home, ".aws/config", test.config)
			test.opts.AccessKey, test.opts.SecretKey = ownKey, "secret"
			clients := mustNew(t, test.opts)
			_, regionErr := clients.Region(t.Context())
			for _, err := range []error{regionErr, read(t.Context(), clients, "us-east-1")} {
				var fault interface{ ConfigurationFault() bool }
				var option *OptionError
				if !errors.As(err, &fault) || !fault.ConfigurationFault() || !errors.As(err, &option) || option.Argument != test.argument || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error = %v", err)
				}
				if strings.Contains(err.Error(), "sentinel") {
					t.Errorf("a password is in %v", err)
				}
			}
		})
	}
}

// TestArgumentsOverEnvironment: an unused URL in the environment is not validated.
func TestArgumentsOverEnvironment(t *testing.T) {
	isolate(t)
	_, url := fake(t, fakeaws.Script{})
	t.Setenv("AWS_ENDPOINT_URL", "127.0.0.1:4566")
	opts := keys()
	opts.UseFIPS = true
	opts.Endpoints = Endpoints{SSM: url, STS: url, SSO: url, S3: url}
	if err := read(t.Context(), mustNew(t, opts), ""); err != nil {
		t.Error(err)
	}
}
