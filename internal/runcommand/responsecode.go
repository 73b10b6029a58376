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

// responseCode notes whether an answer has a ResponseCode. The SDK's member is a
// plain int32, so an absent one reads as 0, which is the exit code of success;
// the service leaves it out for an invocation of several steps, a failed one too
// (gravitational/teleport#17359).
type responseCode struct{ found bool }

// ID names the middleware in the SDK's stack.
func (*responseCode) ID() string { return "DetectResponseCode" }

func (p *responseCode) detect(o *ssm.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(p, middleware.After)
	})
}

// HandleDeserialize reads the body before the SDK's deserializer does.
func (p *responseCode) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.StatusCode != http.StatusOK {
		return out, metadata, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err}
	}
	var members struct{ ResponseCode *json.Number }
	p.found = json.Unmarshal(body, &members) == nil && members.ResponseCode != nil
	response.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(body), response.Body}
	return out, metadata, nil
}
