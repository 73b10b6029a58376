package awsclient

import (
	"bytes"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ownBodies sends each request with a body that is nobody else's.
//
// The SDK closes a request's body as soon as the header of the answer is there.
// Over a fast connection net/http can still be at the end of that body, takes the
// close for a fault and drops the connection in the middle of the answer: a few
// requests in a thousand over loopback, each of which is then made twice. Requests
// here are a few hundred bytes long, so that a copy costs nothing.
type ownBodies struct{ next aws.HTTPClient }

// Do sends the request.
func (c ownBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.next.Do(r)
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	own := r.WithContext(r.Context())
	own.ContentLength = int64(len(content))
	own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	own.Body, _ = own.GetBody()
	return c.next.Do(own)
}
