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

// Kind is the meaning of a failed call.
type Kind int

// The kinds of failure.
const (
	// Unavailable: there was no response, or a response that allows a retry, such as throttling.
	Unavailable Kind = iota
	// Rejected: the service rejected the request with a code that does not allow a retry. The
	// caller can give some codes another meaning.
	Rejected
	// Denied: IAM does not allow the request.
	Denied
	// CredentialsExpired: the credentials have expired, or AWS does not recognize them. New ones
	// may be accepted.
	CredentialsExpired
	// CredentialsInvalid: the credentials could not be fetched, the signature does not match, or
	// the clock of this machine is wrong.
	CredentialsInvalid
	// Misconfigured: the configuration of the client is invalid, so that no request was sent.
	Misconfigured
)

// CallError is the error of a failed call.
type CallError struct {
	Kind Kind
	// Operation is the API's name of the operation.
	Operation string
	// Code is the service's error code, "" without one.
	Code string
	// Message is the service's text without secrets, as valid UTF-8, often "".
	Message string
	// RequestID identifies the request for AWS Support, "" without a response.
	RequestID string
	// Status is the HTTP status, 0 without a response.
	Status int
	// Sent is [Attempts.Sent]: whether the service may have received the request.
	Sent bool

	unsigned    bool   // Fetching the credentials failed.
	permanent   bool   // See [isPermanent].
	unreadable  bool   // The response is a JSON object that the SDK does not decode.
	unsupported string // The value that the SDK does not decode, if known.
	err         error
}

// Error returns one clause without a period.
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
	case f.unsupported != "":
		return fmt.Sprintf("%s returned %s, which the API's type does not hold", f.Operation, f.unsupported)
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

// Final reports whether the same request would fail again. For Unavailable and CredentialsExpired,
// a retry can succeed.
func (f *CallError) Final() bool {
	switch f.Kind {
	case Rejected, Denied, CredentialsInvalid, Misconfigured:
		return true
	case Unavailable, CredentialsExpired:
	}
	return false
}

// MismatchError reports a response that does not match the request: an empty body, or the response
// to another request, as a broken proxy returns them.
type MismatchError struct {
	// Got completes "the response is about …", such as "another command, ID".
	Got string
}

func (e *MismatchError) Error() string { return "the response is about " + e.Got }

// newCallError classifies err, the error of the latest attempt. It uses codes, statuses, types, and
// the progress of the attempt, and never the text of a message.
func newCallError(err error, a *Attempts) *CallError {
	f := &CallError{Operation: a.call.Operation, err: err}
	f.Sent = a.Sent()
	if mismatch := (*MismatchError)(nil); errors.As(err, &mismatch) {
		f.Status = http.StatusOK
		return f // The zero Kind is Unavailable.
	}
	if a.progress.signed.Load() || isNetwork(err) || isContext(err) {
		f.read(err)
		f.Kind = kindOf(f)
		f.permanent = isPermanent(err)
		f.unreadable = f.Kind == Unavailable && f.Code == "" && isObject(a.content) && f.Status < http.StatusMultipleChoices
		if f.unreadable {
			f.unsupported = a.unsupported
		}
		return f
	}
	// No request was sent to the service. The SDK fetches credentials within the call that needs
	// them: the error must not report a denied sts:AssumeRole as a denied ssm:GetCommandInvocation.
	outer, called := err.(*smithy.OperationError) //nolint:errorlint // It can wrap an operation of STS.
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

// read sets code, message, status, and request ID from an error of the SDK.
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

// isObject reports whether the first JSON value of a body is an object. The SDK decodes only the
// first value.
func isObject(body []byte) bool {
	var object map[string]json.RawMessage
	return json.NewDecoder(bytes.NewReader(body)).Decode(&object) == nil
}

// isService reports whether the response to a failed attempt comes from the service: it has an
// error code, or a status that allows a retry. HTML with another status comes from a proxy or a
// captive portal. For a 200, the caller must check whether the response matches the request.
func isService(response *smithyhttp.Response, err error) bool {
	return response != nil && (isTemporaryStatus(response.StatusCode) || errorCode(err) != "")
}

// isTemporaryStatus reports whether an HTTP status means that the same request can succeed later.
func isTemporaryStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	default:
		return status >= http.StatusInternalServerError
	}
}

// silentError reports that an attempt got no complete response in time. It replaces the error of
// the canceled context, which the SDK does not retry.
type silentError struct{ after time.Duration }

func (e *silentError) Error() string {
	return "no complete response within " + e.after.Round(time.Second).String()
}

// RetryableError makes the SDK retry.
func (*silentError) RetryableError() bool { return true }

// noTimeLeftError ends the SDK's retries with the error of the last attempt.
type noTimeLeftError struct{ error }

func (e *noTimeLeftError) Unwrap() error { return e.error }

// RetryableError prevents a retry.
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

// IsExpired reports whether an error code means that the session has expired, or that AWS does not
// recognize the key. The source of the credentials may have new ones.
func IsExpired(code string) bool {
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired",
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId":
		return true
	}
	return false
}

// kindOf classifies an error by its code, status, and message.
func kindOf(f *CallError) Kind {
	if _, throttle := retry.DefaultThrottleErrorCodes[f.Code]; throttle || isTemporaryStatus(f.Status) {
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
		// The clock of this machine is wrong. The SDK has already retried with the time of the Date
		// header, if the response has one.
		return CredentialsInvalid
	case "InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException",
		"RequestTimeout", "RequestTimeoutException":
		// Failures of the service, which some operations report with status 400.
		return Unavailable
	case "":
		// There was no response, or its body is HTML or incomplete. A JSON error that has only a
		// message comes from the service.
		if f.Message != "" && f.Status >= http.StatusBadRequest {
			return Rejected
		}
		return Unavailable
	default:
		return Rejected
	}
}

// isCredentials reports whether err comes from fetching credentials, or from signing with them. The
// SDK has no error type for this, so package awsclient marks its errors with CredentialsFailure.
func isCredentials(err error) bool {
	var source interface{ CredentialsFailure() bool }
	var signing *v4.SigningError
	return errors.As(err, &source) && source.CredentialsFailure() || errors.As(err, &signing)
}

// isContext reports whether err is the error of a context.
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

// isPermanent reports whether a service that has never responded will not respond to a retry
// either: its host name does not exist, or its certificate does not verify.
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

// rootCause returns the innermost error. The SDK's wrapping repeats the operation at each layer.
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
