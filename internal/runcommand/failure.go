package runcommand

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// kind is what a failed question means for the read.
type kind int

const (
	// unavailable: unreachable, or refused for now. Nothing was learnt.
	unavailable kind = iota
	// notVisible: InvocationDoesNotExist, the same words for not yet, never, another
	// node and thirty days gone; of an object, NoSuchKey.
	notVisible
	// stepUnknown: InvalidPluginName. No such step, or several and none named, or
	// not yet.
	stepUnknown
	// denied: IAM said no.
	denied
	// stale: credentials that expired or are not recognised; new ones may help once.
	stale
	// unusable: credentials that could not be had, or a signature that does not hold.
	unusable
	// rejected: any other refusal. Asking again would be refused again.
	rejected
)

// failure is a question that got no result.
type failure struct {
	kind      kind
	operation string
	code      string // The service's error code, "" without one.
	message   string
	requestID string
	status    int  // HTTP status, 0 without an answer.
	hopeless  bool // Unreachable for a reason that waiting does not cure.
	unsigned  bool // What failed was fetching the credentials.
	err       error
}

// Error says what was met, for a human, in one clause.
func (f *failure) Error() string {
	var mismatch *mismatchError
	switch {
	case errors.As(f.err, &mismatch):
		return fmt.Sprintf("%s was answered, but %s", f.operation, mismatch)
	case f.unsigned && f.code != "":
		return fmt.Sprintf("the credentials for %s could not be had: %s: %s", f.operation, f.code, f.message)
	case f.unsigned:
		return fmt.Sprintf("the credentials for %s could not be had: %s", f.operation, rootCause(f.err))
	case f.code != "" && f.message != "":
		return fmt.Sprintf("%s answered %s: %s", f.operation, f.code, f.message)
	case f.code != "":
		return fmt.Sprintf("%s answered %s", f.operation, f.code)
	case f.status != 0:
		return fmt.Sprintf("%s got HTTP status %d with a body that is not the service's", f.operation, f.status)
	default:
		return fmt.Sprintf("%s got no answer: %s", f.operation, rootCause(f.err))
	}
}

func (f *failure) Unwrap() error { return f.err }

// final reports whether asking again would be refused again.
func (f *failure) final() bool {
	switch f.kind {
	case denied, unusable, rejected:
		return true
	case unavailable, notVisible, stepUnknown, stale:
		return false
	}
	return false
}

// newFailure says what err means. It decides on codes, statuses and types, never
// on the text of a message; sent tells whether a request had left at all.
func newFailure(operation string, err error, sent bool) *failure {
	f := &failure{operation: operation, err: err}
	if mismatch := (*mismatchError)(nil); errors.As(err, &mismatch) {
		f.status = http.StatusOK
		return f // unavailable: the answer was about something else.
	}
	if inner := credentialError(err, sent); inner != nil {
		f.err, f.unsigned = inner, true
		f.read(inner)
		if f.kind = kindOf(f); f.kind == unavailable && f.status == 0 && !isNetwork(inner) || f.kind != unavailable && f.kind != stale {
			f.kind = unusable
		}
		return f
	}
	f.read(err)
	f.kind = kindOf(f)
	f.hopeless = isHopeless(err)
	return f
}

// read takes code, message, status and request id from an SDK error.
func (f *failure) read(err error) {
	var api smithy.APIError
	if errors.As(err, &api) {
		f.code, f.message = errorCode(err), printable(api.ErrorMessage())
		if f.code == "" && f.message == unknownCode {
			f.message = ""
		}
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		f.status = response.HTTPStatusCode()
	}
	var id *awshttp.ResponseError
	if errors.As(err, &id) {
		f.requestID = id.ServiceRequestID()
	}
}

func kindOf(f *failure) kind {
	if _, throttle := retry.DefaultThrottleErrorCodes[f.code]; throttle || isLater(f.status) {
		return unavailable
	}
	switch f.code {
	case "InvocationDoesNotExist", "NoSuchKey":
		return notVisible
	case "InvalidPluginName":
		return stepUnknown
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized":
		return denied
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired",
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId":
		return stale
	case "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return unusable
	case "InternalServerError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException",
		"RequestTimeout", "RequestTimeoutException":
		return unavailable
	case "":
		// No code: no answer, HTML, or a body that was cut. A refusal in JSON that
		// carries only a message is still a refusal.
		if f.message != "" && f.status >= http.StatusBadRequest {
			return rejected
		}
		return unavailable
	default:
		return rejected
	}
}

// credentialError returns the error of fetching credentials where that is what
// failed, which is before a request has left, else nil. Fetching runs inside the
// call that needs them: a denied sts:AssumeRole must not read as a denied
// ssm:GetCommandInvocation.
func credentialError(err error, sent bool) error {
	if sent || isNetwork(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	if outer := (*smithy.OperationError)(nil); errors.As(err, &outer) {
		return outer.Unwrap()
	}
	return err // There was not even a client.
}

// isNetwork reports whether err comes from the connection, not from an answer.
func isNetwork(err error) bool {
	var network net.Error
	var address *url.Error
	var silent *silentError
	return errors.As(err, &network) || errors.As(err, &address) || errors.As(err, &silent)
}

// isHopeless reports whether a service that was never reached will not be by
// waiting: its name does not exist, or its certificate does not verify.
func isHopeless(err error) bool {
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

// mismatchError is a 200 that is not about what was asked: an empty body, or the
// answer to another question, as a broken proxy gives them.
type mismatchError struct{ got string }

func (e *mismatchError) Error() string { return "the answer is about " + e.got }
