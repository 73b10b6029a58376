// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What a failed call means, by status and code. Never by the text of a message.
func TestKindOfFailure(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		code    string
		message string
		want    Kind
	}{
		"not there":                       {400, "InvocationDoesNotExist", "", Rejected},
		"no such step":                    {400, "InvalidPluginName", "Plugin x not found", Rejected},
		"denied":                          {400, "AccessDeniedException", "User is not authorized", Denied},
		"expired":                         {400, "ExpiredTokenException", "", CredentialsExpired},
		"unrecognised":                    {400, "UnrecognizedClientException", "", CredentialsExpired},
		"bad signature":                   {400, "InvalidSignatureException", "", CredentialsInvalid},
		"no signature":                    {400, "MissingAuthenticationToken", "", CredentialsInvalid},
		"throttled":                       {400, "ThrottlingException", "Rate exceeded", Unavailable},
		"throttled, another name":         {400, "RequestLimitExceeded", "", Unavailable},
		"too many requests":               {429, "SomethingNew", "", Unavailable},
		"too early":                       {425, "SomethingNew", "", Unavailable},
		"request timeout":                 {408, "SomethingNew", "", Unavailable},
		"server error":                    {500, "InternalServerError", "", Unavailable},
		"a server error of a new name":    {500, "SomethingNew", "", Unavailable},
		"gateway timeout":                 {504, "SomethingNew", "", Unavailable},
		"invalid":                         {400, "ValidationException", "1 validation error detected", Rejected},
		"invalid instance id":             {400, "InvalidInstanceId", "", Rejected},
		"invalid command id":              {400, "InvalidCommandId", "", Rejected},
		"not subscribed":                  {400, "OptInRequired", "", Rejected},
		"a refusal of a new name":         {418, "SomethingNew", "", Rejected},
		"JSON with nothing but a message": {404, "UnknownError", "Not Found", Rejected},
		"an error whose body is empty":    {400, "UnknownError", "UnknownError", Unavailable},
		"the words of a throttle alone":   {400, "ValidationException", "Rate exceeded, ThrottlingException", Rejected},
	} {
		err := &smithy.OperationError{ServiceID: "SSM", OperationName: "GetCommandInvocation", Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: c.status}},
			Err:      &smithy.GenericAPIError{Code: c.code, Message: c.message},
		}}
		if got := newCallError(err, signedAttempts()); got.Kind != c.want {
			t.Errorf("%s: kind %d, want %d", name, got.Kind, c.want)
		}
	}
	for name, err := range map[string]error{
		"a page of HTML": &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusForbidden}}, Err: &smithy.DeserializationError{Err: errors.New("invalid character '<'")}},
		"a cut body":     &smithy.DeserializationError{Err: io.ErrUnexpectedEOF},
		"a lost answer":  io.EOF,
	} {
		if got := newCallError(err, signedAttempts()); got.Kind != Unavailable {
			t.Errorf("%s: kind %d", name, got.Kind)
		}
	}
}

// signedAttempts are attempts whose latest one passed signing.
func signedAttempts() *Attempts {
	a := &Attempts{call: Call{Operation: "GetCommandInvocation"}}
	a.progress.signed.Store(true)
	return a
}
