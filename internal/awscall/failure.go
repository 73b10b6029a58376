// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Kind is what a failed call means.
type Kind int

// The kinds of failure.
const (
	// Unavailable: the service was not reached, or asks to come again. Nothing was learned.
	Unavailable Kind = iota
	// Rejected: the service does not accept the request, and would not accept it again. The code
	// says why; the caller may know codes that mean something else.
	Rejected
	// Denied: IAM does not allow the request.
	Denied
	// CredentialsExpired: credentials that have expired or are not recognized. New ones may help.
	CredentialsExpired
	// CredentialsInvalid: credentials that could not be fetched, a signature that does not match,
	// or a clock that is wrong.
	CredentialsInvalid
	// Misconfigured: no request could be made because of how the client is configured.
	Misconfigured
)

// CallError is a call without a result.
type CallError struct {
	Kind Kind
	// Operation is the API's name of what was called.
	Operation string
	// Code is the service's error code, "" without one.
	Code string
	// Message is the service's own text, as it came but valid UTF-8, often "".
	Message string
	// RequestID is what AWS Support asks for, "" without a response.
	RequestID string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Sent tells whether the service may have received the request.
	Sent bool

	unsigned   bool   // What failed was fetching the credentials.
	permanent  bool   // Unreachable, and retrying cannot help.
	unreadable bool   // A response that is JSON and does not decode.
	misfit     string // The value that does not decode, if known.
	err        error
}

// Error says what was met, in one clause.
func (f *CallError) Error() string {
	var mismatch *MismatchError
	var credentials interface {
		error
		CredentialsFailure() bool
	}
	switch {
	case errors.As(f.err, &mismatch):
		return fmt.Sprintf("%s returned a response about %s", f.Operation, mismatch.Got)
	case f.Kind == Misconfigured:
		return fmt.Sprintf("the request %s could not be made: %s", f.Operation, rootCause(f.err))
	case f.misfit != "":
		return fmt.Sprintf("%s returned %s, which the API's type does not hold", f.Operation, f.misfit)
	case f.unreadable:
		return fmt.Sprintf("%s returned a response that does not decode: %s", f.Operation, rootCause(f.err))
	case f.unsigned && errors.As(f.err, &credentials):
		return fmt.Sprintf("the request %s could not be signed: %s", f.Operation, credentials)
	case f.unsigned && f.Code != "":
		return fmt.Sprintf("fetching the credentials for %s failed: %s: %s", f.Operation, f.Code, f.Message)
	case f.unsigned:
		return fmt.Sprintf("fetching the credentials for %s failed: %s", f.Operation, rootCause(f.err))
	case f.Code != "" && f.Message != "":
		return fmt.Sprintf("%s returned %s: %s", f.Operation, f.Code, f.Message)
	case f.Code != "":
		return fmt.Sprintf("%s returned %s", f.Operation, f.Code)
	case f.Status != 0:
		return fmt.Sprintf("%s returned HTTP status %d with a body that is not the service's", f.Operation, f.Status)
	default:
		return fmt.Sprintf("%s got no response: %s", f.Operation, rootCause(f.err))
	}
}

func (f *CallError) Unwrap() error { return f.err }

// Final reports whether the same request would fail again.
func (f *CallError) Final() bool {
	switch f.Kind {
	case Rejected, Denied, CredentialsInvalid, Misconfigured:
		return true
	case Unavailable, CredentialsExpired:
	}
	return false
}

// MismatchError is a response that is not about what was requested: an empty body, or the response
// to another request, as a broken proxy returns them.
type MismatchError struct {
	// Got is what it is about, as the object of "about".
	Got string
}

func (e *MismatchError) Error() string { return "the response is about " + e.Got }

// newFailure says what err means. It decides on codes, statuses, and types, never on the text of a
// message; the attempts tell how far the latest one came.
func newFailure(err error, a *Attempts) *CallError {
	f := &CallError{Operation: a.call.Operation, err: err}
	f.Sent = a.Sent()
	if mismatch := (*MismatchError)(nil); errors.As(err, &mismatch) {
		f.Status = http.StatusOK
		return f // Unavailable: the response was about something else.
	}
	if a.wire.signed.Load() || isNetwork(err) || isContext(err) {
		f.read(err)
		f.Kind = kindOf(f)
		f.permanent = isPermanent(err)
		f.unreadable = f.Kind == Unavailable && f.Code == "" && isObject(a.content) && f.Status < http.StatusMultipleChoices
		if f.unreadable {
			f.misfit = a.misfit
		}
		return f
	}
	// Nothing was sent. Credentials are fetched inside the call that needs them: a denied
	// sts:AssumeRole must not read as a denied ssm:GetCommandInvocation.
	outer, called := err.(*smithy.OperationError) //nolint:errorlint // What is inside can be an operation of STS.
	if called {
		f.err = outer.Unwrap()
	}
	var source interface{ ConfigurationFault() bool }
	if errors.As(err, &source) && source.ConfigurationFault() || called && !a.fetching && !isCredentials(err) {
		f.Kind = Misconfigured
		return f
	}
	f.unsigned = true
	f.read(f.err)
	f.Kind = kindOf(f)
	var unavailable interface{ CredentialsUnavailable() bool }
	temporary := f.Kind == Unavailable && (f.Status != 0 || isNetwork(f.err)) ||
		errors.As(err, &unavailable) && unavailable.CredentialsUnavailable()
	if temporary {
		f.Kind = Unavailable
	}
	if !temporary && f.Kind != CredentialsExpired {
		f.Kind = CredentialsInvalid
	}
	return f
}

// read takes code, message, status, and request ID from an SDK error.
func (f *CallError) read(err error) {
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Code = errorCode(err)
		f.Message = redact.Message(f.Code, strings.ToValidUTF8(api.ErrorMessage(), string(utf8.RuneError)))
		if f.Message == unknownCode {
			f.Message = "" // The SDK's placeholder for an error without a message.
		}
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		f.Status = response.HTTPStatusCode()
	}
	var id *awshttp.ResponseError
	if errors.As(err, &id) {
		f.RequestID = id.ServiceRequestID()
	}
}

// isObject reports whether the first JSON value of a body, which is the one that the SDK decodes, is an
// object.
func isObject(body []byte) bool {
	var object map[string]json.RawMessage
	return json.NewDecoder(bytes.NewReader(body)).Decode(&object) == nil
}

// isService reports whether a failed attempt shows that the service is there: an error with a
// code, or a status that asks to come again. A page of HTML with another status comes from a
// proxy or a portal. Whether a 200 is a response of the service is for the caller to find out: it
// can be about something that was not requested.
func isService(response *smithyhttp.Response, err error) bool {
	return response != nil && (isLater(response.StatusCode) || errorCode(err) != "")
}

// isLater reports whether an HTTP status asks to come again.
func isLater(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// silentError is an attempt that was accepted and not answered in time. The SDK's retryer must see
// a fault worth another attempt, not a cancelled context.
type silentError struct{ after time.Duration }

func (e *silentError) Error() string {
	return "no complete response within " + e.after.Round(time.Second).String()
}

// RetryableError tells the SDK that another attempt is worth it.
func (*silentError) RetryableError() bool { return true }

// noTimeLeftError ends the SDK's retries with what the last attempt met.
type noTimeLeftError struct{ error }

func (e *noTimeLeftError) Unwrap() error { return e.error }

// RetryableError tells the SDK that no further attempt is to be made.
func (*noTimeLeftError) RetryableError() bool { return false }

// unknownCode is the SDK's placeholder for an error without a code.
const unknownCode = "UnknownError"

// errorCode returns the service's error code, or "" if there is none.
func errorCode(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() == unknownCode {
		return ""
	}
	return api.ErrorCode()
}

// IsExpired reports whether new credentials may help against an error code: the session has
// expired, or AWS does not recognize the key. The source of the credentials may have newer ones.
func IsExpired(code string) bool {
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired",
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId":
		return true
	}
	return false
}

// kindOf classifies an error of the service.
func kindOf(f *CallError) Kind {
	if _, throttle := retry.DefaultThrottleErrorCodes[f.Code]; throttle || isLater(f.Status) {
		return Unavailable
	}
	if IsExpired(f.Code) {
		return CredentialsExpired
	}
	switch f.Code {
	case "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException":
		return CredentialsInvalid
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized":
		return Denied
	case "MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return CredentialsInvalid
	case "RequestTimeTooSkewed", "RequestInTheFuture":
		// The clock of this machine. The SDK corrects it by the Date of the response, if the
		// response has one.
		return CredentialsInvalid
	case "InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException",
		"RequestTimeout", "RequestTimeoutException":
		// The service's own trouble, which some operations report with status 400.
		return Unavailable
	case "":
		// No code: no response, HTML, or a body that was cut off. An error in JSON that has only
		// a message is still an error of the service.
		if f.Message != "" && f.Status >= http.StatusBadRequest {
			return Rejected
		}
		return Unavailable
	default:
		return Rejected
	}
}

// isCredentials reports whether err comes from a source of credentials, or from signing with
// them. A source says so itself, since the SDK's errors do not tell.
func isCredentials(err error) bool {
	var source interface{ CredentialsFailure() bool }
	var signing *v4.SigningError
	return errors.As(err, &source) && source.CredentialsFailure() || errors.As(err, &signing)
}

// isContext reports whether err is the end of a context.
func isContext(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// isNetwork reports whether err comes from the connection, not from a response.
func isNetwork(err error) bool {
	var network net.Error
	var address *url.Error
	var silent *silentError
	return errors.As(err, &network) || errors.As(err, &address) || errors.As(err, &silent) || errors.Is(err, errNoResponse)
}

// isPermanent reports whether retrying cannot help to reach a service that was never reached: its
// name does not exist, or its certificate does not verify.
func isPermanent(err error) bool {
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return true
	}
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// rootCause drops the SDK's wrapping, which repeats the operation at each layer.
func rootCause(err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		return address.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
