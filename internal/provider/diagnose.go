package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
)

// The summaries of what can be wrong before anything was read. They are a
// contract: people look for these phrases.
const (
	summaryInvalidConfiguration = "Invalid Provider Configuration"
	summaryInvalidCredentials   = "Invalid Credentials"
	summaryInvalidRegion        = "Invalid Region"
	summaryRegionNeeded         = "Region Needed"
	summaryInterrupted          = "Read Interrupted"
)

// invalidRegionError says that a region cannot be one.
type invalidRegionError struct{ region string }

func (e *invalidRegionError) Error() string {
	return fmt.Sprintf("%q does not look like an AWS region, such as us-east-1. Nothing was asked of it. Correct it where it is set: "+
		"in the data source, in the provider block, in AWS_REGION or in the profile. For a region of another shape, set skip_region_validation = true in the provider block.", e.region)
}

// diagnose turns an error of the way to a client into a diagnostic.
func diagnose(err error) diag.Diagnostic {
	var (
		regionNeeded  *awsclient.RegionNeededError
		credentials   *awsclient.CredentialsError
		account       *awsclient.AccountNotAllowedError
		option        *awsclient.OptionError
		invalidRegion *invalidRegionError
	)
	switch {
	case errors.As(err, &regionNeeded):
		return diag.NewErrorDiagnostic(summaryRegionNeeded, regionNeeded.Error()+
			" Set one of these three, or \"region\" where the command is read; commands are known only in the region they were sent in.")
	case errors.As(err, &invalidRegion):
		return diag.NewErrorDiagnostic(summaryInvalidRegion, invalidRegion.Error())
	case errors.As(err, &option):
		return diag.NewErrorDiagnostic(summaryInvalidConfiguration, option.Error())
	case errors.As(err, &account):
		return diag.NewErrorDiagnostic(summaryInvalidCredentials, account.Error())
	case errors.As(err, &credentials):
		return diag.NewErrorDiagnostic(summaryInvalidCredentials, credentials.Error())
	case errors.Is(err, context.Canceled):
		return diag.NewErrorDiagnostic(summaryInterrupted, "The read was interrupted while AWS credentials were being fetched. Nothing was read.")
	case errors.Is(err, context.DeadlineExceeded):
		return diag.NewErrorDiagnostic(summaryInvalidCredentials, "The read's time was up while AWS credentials were still being fetched. Nothing was read. "+
			"Find out why the source of the credentials is so slow, or give the read more time.")
	default:
		return diag.NewErrorDiagnostic(summaryInvalidConfiguration, err.Error())
	}
}
