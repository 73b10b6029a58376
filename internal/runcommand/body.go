package runcommand

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// body notes what the SDK's types do not tell of an answer.
//
// ResponseCode is a plain int32 there, so an absent one reads as 0, which is the
// exit code of success; the service leaves it out for an invocation of several
// steps, a failed one too (gravitational/teleport#17359). And an answer without a
// body reads as one in which everything is absent, such as a list that has ended.
type body struct{ empty, responseCode bool }

// ID names the middleware in the SDK's stack.
func (*body) ID() string { return "NoteBody" }

func (b *body) note(o *ssm.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(b, middleware.After)
	})
}

// HandleDeserialize reads the body before the SDK's deserializer does.
func (b *body) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode != http.StatusOK {
		return out, metadata, err
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	var members struct{ ResponseCode *json.Number }
	b.empty = len(bytes.TrimSpace(content)) == 0
	b.responseCode = json.Unmarshal(content, &members) == nil && members.ResponseCode != nil
	response.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(content), response.Body}
	return out, metadata, nil
}

// something returns a [*mismatchError] for an answer without a body.
func (b *body) something() error {
	if b.empty {
		return &mismatchError{got: "nothing: its body is empty"}
	}
	return nil
}
