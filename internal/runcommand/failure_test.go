package runcommand

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// What a failed question means, by status and code. Never by the text of a message.
func TestKindOfFailure(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		code    string
		message string
		want    kind
	}{
		"not there":                       {400, "InvocationDoesNotExist", "", notVisible},
		"no such step":                    {400, "InvalidPluginName", "Plugin x not found", stepUnknown},
		"denied":                          {400, "AccessDeniedException", "User is not authorized", denied},
		"expired":                         {400, "ExpiredTokenException", "", stale},
		"unrecognised":                    {400, "UnrecognizedClientException", "", stale},
		"bad signature":                   {400, "InvalidSignatureException", "", unusable},
		"no signature":                    {400, "MissingAuthenticationToken", "", unusable},
		"throttled":                       {400, "ThrottlingException", "Rate exceeded", unavailable},
		"throttled, another name":         {400, "RequestLimitExceeded", "", unavailable},
		"too many requests":               {429, "SomethingNew", "", unavailable},
		"too early":                       {425, "SomethingNew", "", unavailable},
		"request timeout":                 {408, "SomethingNew", "", unavailable},
		"server error":                    {500, "InternalServerError", "", unavailable},
		"a server error of a new name":    {500, "SomethingNew", "", unavailable},
		"gateway timeout":                 {504, "SomethingNew", "", unavailable},
		"invalid":                         {400, "ValidationException", "1 validation error detected", rejected},
		"invalid instance id":             {400, "InvalidInstanceId", "", rejected},
		"invalid command id":              {400, "InvalidCommandId", "", rejected},
		"not subscribed":                  {400, "OptInRequired", "", rejected},
		"a refusal of a new name":         {418, "SomethingNew", "", rejected},
		"JSON with nothing but a message": {404, "UnknownError", "Not Found", rejected},
		"an error whose body is empty":    {400, "UnknownError", "UnknownError", unavailable},
		"the words of a throttle alone":   {400, "ValidationException", "Rate exceeded, ThrottlingException", rejected},
	} {
		err := &smithy.OperationError{ServiceID: "SSM", OperationName: "GetCommandInvocation", Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: c.status}},
			Err:      &smithy.GenericAPIError{Code: c.code, Message: c.message},
		}}
		if got := newFailure("GetCommandInvocation", err, true); got.kind != c.want {
			t.Errorf("%s: kind %d, want %d", name, got.kind, c.want)
		}
	}
	for name, err := range map[string]error{
		"a page of HTML": &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusForbidden}}, Err: &smithy.DeserializationError{Err: errors.New("invalid character '<'")}},
		"a cut body":     &smithy.DeserializationError{Err: io.ErrUnexpectedEOF},
		"a lost answer":  io.EOF,
	} {
		if got := newFailure("GetCommandInvocation", err, true); got.kind != unavailable {
			t.Errorf("%s: kind %d", name, got.kind)
		}
	}
}
