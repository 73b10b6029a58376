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
type body struct {
	attempts     *attempts
	empty        bool // No body at all.
	stranger     bool // An object of other members than a list's.
	responseCode bool
}

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
	content, err := b.attempts.readAll(response.Body)
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	var members map[string]json.RawMessage
	b.empty = len(bytes.TrimSpace(content)) == 0
	if json.Unmarshal(content, &members) == nil {
		has := func(name string) bool { m, ok := members[name]; return ok && string(m) != "null" }
		b.responseCode = has("ResponseCode")
		b.stranger = len(members) > 0 && !has("Commands") && !has("CommandInvocations") && !has("NextToken")
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(content), response.Body}
	return out, metadata, nil
}

// list returns a [*mismatchError] for an answer to a list operation that is no list:
// taken for an empty one, it would say that nobody knows the command.
func (b *body) list() error {
	switch {
	case b.empty:
		return &mismatchError{got: "nothing: its body is empty"}
	case b.stranger:
		return &mismatchError{got: "something else: it has no list"}
	}
	return nil
}
