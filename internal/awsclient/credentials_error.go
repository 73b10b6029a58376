// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/hashicorp/aws-sdk-go-base/v2/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// CredentialsError reports that fetching credentials failed. None of its texts contains a secret;
// those of Err do.
type CredentialsError struct {
	// Sources are the searched sources, such as "the arguments access_key and secret_key".
	Sources string
	// Failure is a clause that describes the failure, such as "AWS STS rejected AssumeRole".
	Failure string
	// Code and Message are the error of the service that rejected a request, both "" if it was not
	// a service.
	Code, Message string
	// Advice is a sentence with the fix.
	Advice string
	// Temporary is true if the source was unavailable. The credentials may then be valid.
	Temporary bool
	// Err is the cause, only for errors.As: its text can contain secrets.
	Err error
}

func (e *CredentialsError) Error() string {
	text := "fetching credentials from " + e.Sources + " failed: " + e.Failure
	for _, part := range []string{e.Code, e.Message} {
		if part != "" {
			text += ": " + part
		}
	}
	return text
}

func (e *CredentialsError) Unwrap() error { return e.Err }

// CredentialsFailure marks an error of obtaining credentials.
func (*CredentialsError) CredentialsFailure() bool { return true }

// CredentialsUnavailable reports whether the source of the credentials was unavailable.
func (e *CredentialsError) CredentialsUnavailable() bool { return e.Temporary }

// baseError converts an error of aws-sdk-go-base to an error of this package.
func (c *Clients) baseError(ctx context.Context, failed diag.Diagnostic) error {
	cause := errors.New(failed.Summary())
	if with, ok := failed.(diag.DiagnosticWithErr); ok {
		cause = with.Err()
	}
	return c.fetchError(ctx, c.role(failed.Detail()), cause)
}

// fetchError is the error of a fetch: that of ctx if the fetch was interrupted, else what
// credentialsError makes of the cause.
func (c *Clients) fetchError(ctx context.Context, role string, cause error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return c.credentialsError(ctx, role, cause)
}

// role returns the role that could not be assumed, from the base's error text. The base does not
// expose it in another way.
func (c *Clients) role(detail string) string {
	var roles []string
	for _, role := range c.opts.AssumeRole {
		roles = append(roles, role.RoleARN)
	}
	if c.opts.AssumeRoleWithWebIdentity != nil {
		roles = append(roles, c.opts.AssumeRoleWithWebIdentity.RoleARN)
	}
	for _, role := range roles {
		if strings.HasPrefix(detail, "IAM Role ("+role+") ") {
			return role
		}
	}
	return ""
}

// credentialsError describes the failure without the text of the cause, based on types and codes.
// The role is the one that could not be assumed, or "" if unknown. ctx is the context of the fetch.
func (c *Clients) credentialsError(ctx context.Context, role string, cause error) *CredentialsError {
	e := &CredentialsError{
		Sources:   c.sources(),
		Temporary: transient(cause),
		Err:       cause,
		Advice:    "Correct the arguments of the provider block or the AWS environment. `aws sts get-caller-identity` in the same environment shows which credentials the AWS CLI uses.",
	}
	const process = "the credential_process of the profile"
	var (
		helper    *processcreds.ProviderError
		exit      *exec.ExitError
		login     *ssocreds.InvalidTokenError
		operation *smithy.OperationError
		api       smithy.APIError
		response  *smithyhttp.ResponseError
		large     *bodyTooLargeError
	)
	service, call := "the source of the credentials", "the request"
	if errors.As(cause, &operation) {
		service, call = serviceName(operation.ServiceID), operation.OperationName
	}
	if role != "" {
		call += fmt.Sprintf(" for the role %q", role)
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Failure, e.Temporary = fmt.Sprintf("%s did not respond to %s within %s", service, call, fetchLimit), true
		e.Advice = "Make sure that the source of the credentials can be reached from this machine."
	case errors.Is(cause, errNoCredentials):
		e.Failure, e.Temporary = errNoCredentials.Error(), true
	case errors.As(cause, &helper):
		// The SDK's text contains the complete output of the helper, including credentials.
		e.Temporary = false
		e.Failure = "the output of " + process + " is not the JSON object that credential_process requires (Version 1, AccessKeyId, SecretAccessKey)"
		if errors.As(cause, &exit) {
			e.Failure = process + " ended with " + exitStatus(exit)
		}
		e.Advice = "Run the command of credential_process to see what it prints. Its output is not shown here, because it can contain credentials."
	case errors.As(cause, &login):
		e.Failure, e.Temporary = "the session of IAM Identity Center has expired or does not exist", false
		e.Advice = "Run `aws sso login` for the profile."
	case operation != nil && operation.ServiceID == "ec2imds":
		// The last source of the chain, which does not exist on most machines.
		e.Failure, e.Temporary = "none of these sources has credentials", false
		e.Advice = "To provide credentials, set AWS_PROFILE or the argument profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. " +
			"`aws sts get-caller-identity` in the same environment shows which credentials the AWS CLI uses."
	case errors.As(cause, &api) && api.ErrorCode() != "UnknownError":
		e.Code, e.Message = api.ErrorCode(), redact.Message(api.ErrorCode(), api.ErrorMessage())
		e.Failure = service + " rejected " + call
		if e.Temporary {
			e.Failure = service + " did not complete " + call
		}
	case errors.As(cause, &large):
		e.Failure = fmt.Sprintf("%s responded to %s with more than %d bytes", service, call, large.limit)
	case errors.As(cause, &response):
		e.Failure = fmt.Sprintf("%s responded to %s with HTTP status %d and a body that is not its own", service, call, response.HTTPStatusCode())
	case operation != nil:
		e.Failure = fmt.Sprintf("%s did not respond to %s: %s", service, call, redact.Text(rootCause(cause).Error()))
	default:
		e.Failure = redact.Text(rootCause(cause).Error())
	}
	if e.Temporary && e.Code == "" {
		e.Advice = "Make sure that the source of the credentials can be reached from this machine."
	}
	return e
}

// sources returns the searched sources of credentials.
func (c *Clients) sources() string {
	text := "the environment, the shared files (profile \"" + profileName(c.opts.Profile) + "\"), and the metadata services"
	switch {
	case c.opts.AccessKey != "":
		text = "the arguments access_key and secret_key"
	case c.opts.AssumeRoleWithWebIdentity != nil:
		text = "the block assume_role_with_web_identity"
	}
	switch n := len(c.opts.AssumeRole); {
	case n == 1:
		text += ", then the block assume_role"
	case n > 1:
		text += fmt.Sprintf(", then %d blocks assume_role", n)
	}
	return text
}

// serviceName returns the name under which AWS documents a service.
func serviceName(id string) string {
	switch id {
	case "STS":
		return "AWS STS"
	case "SSO", "SSO OIDC":
		return "IAM Identity Center"
	case "endpoint-credentials":
		return "the container credential endpoint"
	default:
		return id
	}
}

// exitStatus describes how a process exited.
func exitStatus(exit *exec.ExitError) string {
	if code := exit.ExitCode(); code >= 0 {
		return fmt.Sprintf("exit status %d", code)
	}
	return "a signal, or after the SDK's limit of one minute"
}

// rootCause removes the wrapping of the SDK, which repeats the operation at each layer.
func rootCause(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return address.Err // Without the URL, which can contain a password.
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
