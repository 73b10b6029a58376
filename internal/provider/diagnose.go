// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// The summaries of errors before the first request. They are a contract: users search for these
// phrases.
const (
	summaryInvalidConfiguration = "Invalid Provider Configuration"
	summaryInvalidCredentials   = "Invalid Credentials"
	summaryInvalidRegion        = "Invalid Region"
	summaryRegionNeeded         = "Region Needed"
	summaryUnavailable          = "Service Unavailable"
	summaryInterrupted          = "Read Interrupted"
	summaryUnknown              = "Provider Configuration Unknown"
)

// nothingSent is in errors of fetching credentials. It holds for reads and for sends, because the
// client of an operation fetches credentials before its first request.
const nothingSent = "No request was sent to Systems Manager."

// invalidRegionError reports an invalid Region.
type invalidRegionError struct{ region string }

func (e *invalidRegionError) Error() string { return "invalid Region " + e.region }

// diagnose returns the diagnostic for an error of [clients.Client].
func diagnose(err error) diag.Diagnostic {
	var (
		regionNeeded  *awsclient.RegionNeededError
		credentials   *awsclient.CredentialsError
		account       *awsclient.AccountNotAllowedError
		option        *awsclient.OptionError
		panicked      *awsclient.PanicError
		invalidRegion *invalidRegionError
	)
	switch {
	case errors.As(err, &regionNeeded):
		return diagnostics.Error(summaryRegionNeeded, diagnostics.Textf("%s Set one of these three, or \"region\" of the object. "+
			"Systems Manager keeps a command in the Region to which it was sent.", regionNeeded))
	case errors.As(err, &invalidRegion):
		return diagnostics.Error(summaryInvalidRegion, regionDetail(invalidRegion.region))
	case errors.As(err, &option):
		return diagnostics.Error(summaryInvalidConfiguration, diagnostics.Textf("%s", option))
	case errors.As(err, &account):
		return diagnostics.Error(summaryInvalidCredentials, diagnostics.Textf("%s", account))
	case errors.As(err, &credentials):
		return credentialsDiagnostic(credentials)
	case errors.As(err, &panicked):
		return diagnostics.Error(summaryInvalidCredentials, diagnostics.Textf("Fetching AWS credentials failed: %s. "+nothingSent+" "+
			"This is a bug in the provider or in the AWS SDK. Report the bug with the configuration of the provider, and without secrets.", panicked))
	case errors.Is(err, context.Canceled):
		return diagnostics.Error(summaryInterrupted, "Fetching AWS credentials was interrupted. "+nothingSent)
	case errors.Is(err, context.DeadlineExceeded):
		return diagnostics.Error(summaryUnavailable, "Fetching AWS credentials did not end within the timeout of the operation. "+nothingSent+" The credentials may be valid.",
			"Make sure that this machine can reach the source of the credentials, or increase the timeout in the block timeouts.")
	default:
		return diagnostics.Error(summaryInvalidConfiguration, diagnostics.Textf("%s", err))
	}
}

func regionDetail(region string) diagnostics.Text {
	if !awsclient.CanBeRegion(region) {
		return diagnostics.Textf("%q cannot be a Region: it may contain only letters, digits, hyphens, and dots. No request was sent. "+
			"Correct the Region in the configuration, in AWS_REGION, or in the profile.", region)
	}
	return diagnostics.Textf("%q does not look like an AWS Region, such as us-east-1. No request was sent. Correct the Region in the configuration, in AWS_REGION, "+
		"or in the profile. For a Region of another form, set skip_region_validation = true in the provider block.", region)
}

// credentialsDiagnostic returns the error about credentials that could not be fetched: the failure,
// the service's response, the searched sources, and the fix.
func credentialsDiagnostic(e *awsclient.CredentialsError) diag.Diagnostic {
	var returned, maybeValid diagnostics.Text
	switch {
	case e.Code != "" && e.Message != "":
		returned = diagnostics.Textf("The service returned %s: %s", e.Code, e.Message)
	case e.Code != "":
		returned = diagnostics.Textf("The service returned %s without a message.", e.Code)
	}
	summary := diagnostics.Text(summaryInvalidCredentials)
	if e.Temporary {
		summary = summaryUnavailable
		maybeValid = " The credentials may be valid."
	}
	return diagnostics.Error(summary,
		diagnostics.Textf("Fetching AWS credentials failed: %s. %s%s", e.Failure, nothingSent, maybeValid),
		returned,
		diagnostics.Textf("The provider searched for credentials in %s.", e.Sources),
		diagnostics.Textf("%s", e.Advice))
}
