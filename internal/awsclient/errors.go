package awsclient

import (
	"fmt"
	"slices"
	"strings"
)

// RegionNeededError says that neither argument, environment nor profile names a
// region.
type RegionNeededError struct {
	// Profile is the profile that was looked at.
	Profile string
}

func (e *RegionNeededError) Error() string {
	return fmt.Sprintf("No AWS region is set: not by the argument \"region\", not by the environment variables AWS_REGION and AWS_DEFAULT_REGION, "+
		"and not by \"region\" in the profile %q of the shared config file.", e.Profile)
}

// CredentialsError says why there are no credentials. Its text never holds a
// credential or an external id.
type CredentialsError struct {
	Detail string
	// Err is the cause, for errors.As. Its text has not been cleaned: do not print it.
	Err error
}

func (e *CredentialsError) Error() string { return e.Detail }
func (e *CredentialsError) Unwrap() error { return e.Err }

// AccountNotAllowedError says that the credentials belong to an account that
// allowed_account_ids or forbidden_account_ids rule out.
type AccountNotAllowedError struct {
	AccountID string
	// Forbidden is true where forbidden_account_ids names the account, and false
	// where allowed_account_ids does not.
	Forbidden bool
}

func (e *AccountNotAllowedError) Error() string {
	why := "which \"allowed_account_ids\" does not list"
	if e.Forbidden {
		why = "which \"forbidden_account_ids\" lists"
	}
	return fmt.Sprintf("The credentials belong to the AWS account %s, %s. Nothing was read. Use credentials of another account, or change the list.", e.AccountID, why)
}

// OptionError says what is wrong with one argument.
type OptionError struct {
	// Argument is its path in the provider block ("assume_role[0].duration"). It is
	// empty where the environment or a shared file is to blame.
	Argument string
	// Reason is one or more full sentences. It never repeats a value that may hold a
	// credential.
	Reason string

	with []string
}

func (e *OptionError) Error() string {
	if e.Argument == "" {
		return e.Reason
	}
	return fmt.Sprintf("The argument %q cannot be used. %s", e.Argument, e.Reason)
}

// Concerns says whether the error would be another one, or none, if the given
// argument had another value. A caller that does not know that value yet must not
// report the error.
func (e *OptionError) Concerns(argument string) bool {
	return e.Argument == argument || slices.Contains(e.with, argument)
}

// withoutSecrets replaces every secret in text.
func withoutSecrets(text string, secrets []string) string {
	// The longest goes first, or a short one would leave the rest of it standing.
	secrets = slices.Clone(secrets)
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "(sensitive)")
		}
	}
	return text
}
