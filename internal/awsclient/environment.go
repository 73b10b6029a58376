// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// checkEnvironment returns an *OptionError for a value of the environment or of the profile that
// the SDK would reject with the first request, or only after a minute of retries.
func (c *Clients) checkEnvironment(cfg aws.Config) error {
	if !isHeaderValue(os.Getenv("TF_APPEND_USER_AGENT")) {
		return &OptionError{Reason: "The environment variable TF_APPEND_USER_AGENT contains a line break or another control character. Remove it."}
	}
	forSSM, forS3 := ssm.NewFromConfig(cfg).Options(), s3.NewFromConfig(cfg).Options()
	for _, service := range []struct {
		variable string
		argument string
		found    *string
	}{
		{"AWS_ENDPOINT_URL_SSM", c.opts.Endpoints.SSM, forSSM.BaseEndpoint},
		{"AWS_ENDPOINT_URL_S3", c.opts.Endpoints.S3, forS3.BaseEndpoint},
		{"AWS_ENDPOINT_URL_STS", c.opts.Endpoints.STS, sts.NewFromConfig(cfg).Options().BaseEndpoint},
		{"AWS_ENDPOINT_URL_SSO", c.opts.Endpoints.SSO, sso.NewFromConfig(cfg).Options().BaseEndpoint},
	} {
		if service.argument != "" || service.found == nil {
			continue
		}
		if !isEndpoint(*service.found) {
			return &OptionError{Reason: c.originOfEndpoint(service.variable) + " is not a URL with http or https and a host, such as https://ssm.us-east-1.amazonaws.com. " +
				"Correct it. The value is not shown, because a URL can contain a password."}
		}
	}
	// The SDK rejects these two in combination with a URL that no argument sets. With an argument,
	// they have no effect (see ssmEndpoint).
	switch {
	case c.opts.Endpoints.SSM == "" && forSSM.BaseEndpoint != nil:
		return c.checkVariants("AWS_ENDPOINT_URL_SSM", forSSM.EndpointOptions.UseFIPSEndpoint, forSSM.EndpointOptions.UseDualStackEndpoint)
	case c.opts.Endpoints.S3 == "" && forS3.BaseEndpoint != nil:
		return c.checkVariants("AWS_ENDPOINT_URL_S3", forS3.EndpointOptions.UseFIPSEndpoint, forS3.EndpointOptions.UseDualStackEndpoint)
	}
	return nil
}

// checkVariants returns an *OptionError if FIPS or dual-stack endpoints are enabled together with a
// URL from the variable or the profile.
func (c *Clients) checkVariants(variable string, fips aws.FIPSEndpointState, dualStack aws.DualStackEndpointState) error {
	var argument, origin string
	switch {
	case c.opts.UseFIPS:
		argument = "use_fips_endpoint"
	case c.opts.UseDualStack:
		argument = "use_dualstack_endpoint"
	case fips == aws.FIPSEndpointStateEnabled:
		origin = "AWS_USE_FIPS_ENDPOINT, or use_fips_endpoint of the profile,"
	case dualStack == aws.DualStackEndpointStateEnabled:
		origin = "AWS_USE_DUALSTACK_ENDPOINT, or use_dualstack_endpoint of the profile,"
	default:
		return nil
	}
	if argument != "" {
		origin = "It"
	}
	return &OptionError{Argument: argument, Reason: origin + " selects among the endpoints of AWS, but another endpoint is set. " + c.originOfEndpoint(variable) +
		" sets it. Remove one of them, or set the URL in the block endpoints, which takes precedence."}
}

// originOfEndpoint names the source of the URL of a service without an argument.
func (c *Clients) originOfEndpoint(variable string) string {
	for _, name := range []string{variable, "AWS_ENDPOINT_URL"} {
		if os.Getenv(name) != "" {
			return "The environment variable " + name
		}
	}
	return "The endpoint_url of the profile \"" + profileName(c.opts.Profile) + "\""
}
