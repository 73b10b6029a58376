// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"fmt"
	"runtime"
	"slices"
)

// RegionNeededError reports that neither an argument, the environment, nor the profile sets a
// Region.
type RegionNeededError struct {
	// Profile is the profile that was read.
	Profile string
}

func (e *RegionNeededError) Error() string {
	return fmt.Sprintf("No AWS Region is set: neither the argument \"region\", nor the environment variables AWS_REGION and AWS_DEFAULT_REGION, "+
		"nor \"region\" in the profile %q of the shared config file sets one.", e.Profile)
}

// ConfigurationFault marks an error that has to be fixed in the configuration.
func (*RegionNeededError) ConfigurationFault() bool { return true }

// AccountNotAllowedError reports that the credentials belong to an account that allowed_account_ids
// or forbidden_account_ids exclude.
type AccountNotAllowedError struct {
	AccountID string
	// Forbidden is true if forbidden_account_ids contains the account, and false if
	// allowed_account_ids does not.
	Forbidden bool
}

func (e *AccountNotAllowedError) Error() string {
	why := "which \"allowed_account_ids\" does not contain"
	if e.Forbidden {
		why = "which \"forbidden_account_ids\" contains"
	}
	return fmt.Sprintf("The credentials belong to the AWS account %s, %s. No request was sent to Systems Manager. Use credentials of another account, or change the list.", e.AccountID, why)
}

// CredentialsFailure marks an error of obtaining credentials.
func (*AccountNotAllowedError) CredentialsFailure() bool { return true }

// OptionError reports a problem of one argument, environment variable, or profile.
type OptionError struct {
	// Argument is its path in the provider block ("assume_role[0].duration"), or "" for the
	// environment and the shared files.
	Argument string
	// Reason consists of full sentences. It never repeats a value that may contain a credential.
	Reason string

	with []string
}

func (e *OptionError) Error() string {
	if e.Argument == "" {
		return e.Reason
	}
	return fmt.Sprintf("The argument %q cannot be used. %s", e.Argument, e.Reason)
}

// ConfigurationFault marks an error that has to be fixed in the configuration.
func (*OptionError) ConfigurationFault() bool { return true }

// Concerns reports whether the error depends on the value of the argument. A caller must not report
// the error while the value is unknown.
func (e *OptionError) Concerns(argument string) bool {
	return e.Argument == argument || slices.Contains(e.with, argument)
}

// PanicError reports a panic of the code that reads settings or fetches credentials.
type PanicError struct{ value any }

// Error names only the type of a value that is not an error of the runtime: the value can contain a
// credential.
func (e *PanicError) Error() string {
	if err, ok := e.value.(runtime.Error); ok {
		return "panic: " + err.Error()
	}
	return fmt.Sprintf("panic: a value of type %T", e.value)
}

// CredentialsFailure marks an error of obtaining credentials.
func (*PanicError) CredentialsFailure() bool { return true }
