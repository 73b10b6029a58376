// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// The summaries differ because Terraform shows only one of several warnings with the same summary.
const (
	summaryNotVerified  = "Certificates Not Verified"
	summaryNotEncrypted = "Connection Not Encrypted"
)

// warnings returns a warning for each setting that lets others on the network read or change
// responses.
func warnings(opts awsclient.Options) diag.Diagnostics {
	var diags diag.Diagnostics
	if opts.Insecure {
		diags.Append(diagnostics.AttributeWarning(path.Root("insecure"), summaryNotVerified,
			"With insecure = true, the provider does not verify TLS certificates. Others on the network can read and change requests and responses.",
			"To trust your own certificates, set custom_ca_bundle instead."))
	}
	if plain := plainEndpoints(opts); len(plain) > 0 {
		diags.Append(diagnostics.AttributeWarning(path.Root("endpoints"), summaryNotEncrypted,
			diagnostics.Textf("These endpoint URLs begin with http: %s. Others on the network can read session tokens and the output of commands, and change responses.", plain),
			"Use https, or an endpoint on this machine."))
	}
	return diags
}

// plainEndpoints returns the names of the arguments and environment variables with a URL that sends
// requests over the network without encryption.
func plainEndpoints(opts awsclient.Options) []string {
	var plain []string
	for _, endpoint := range []struct{ argument, address, variable string }{
		{"endpoints.ssm", opts.Endpoints.SSM, "AWS_ENDPOINT_URL_SSM"},
		{"endpoints.sts", opts.Endpoints.STS, "AWS_ENDPOINT_URL_STS"},
		{"endpoints.sso", opts.Endpoints.SSO, "AWS_ENDPOINT_URL_SSO"},
		{"endpoints.s3", opts.Endpoints.S3, "AWS_ENDPOINT_URL_S3"},
	} {
		name, address := endpoint.argument, endpoint.address
		for _, variable := range []string{endpoint.variable, "AWS_ENDPOINT_URL"} {
			if address == "" {
				name, address = variable, os.Getenv(variable)
			}
		}
		if isPlain(address) && !slices.Contains(plain, name) {
			plain = append(plain, name)
		}
	}
	return plain
}

// isPlain reports whether requests to the URL leave this machine without encryption.
func isPlain(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" {
		return false
	}
	host := strings.TrimSuffix(parsed.Hostname(), ".")
	ip := net.ParseIP(host)
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && (ip == nil || !ip.IsLoopback())
}
