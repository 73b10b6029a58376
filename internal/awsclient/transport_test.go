package awsclient

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// closable is a body that cannot be read any more once it is closed, as the SDK's.
type closable struct {
	io.Reader
	closed bool
}

func (b *closable) Read(p []byte) (int, error) {
	if b.closed {
		return 0, errors.New("read after close")
	}
	return b.Reader.Read(p)
}

func (b *closable) Close() error {
	b.closed = true
	return nil
}

// doer is the next client in the line.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// What the SDK does to its body while a request is on its way must not reach the
// connection.
func TestOwnBodies(t *testing.T) {
	theirs := &closable{Reader: strings.NewReader("question")}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", theirs)
	if err != nil {
		t.Fatal(err)
	}
	client := ownBodies{doer(func(r *http.Request) (*http.Response, error) {
		if err := theirs.Close(); err != nil {
			return nil, err
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != "question" || r.ContentLength != int64(len("question")) {
			t.Errorf("%q of %d bytes, %v", got, r.ContentLength, err)
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}
