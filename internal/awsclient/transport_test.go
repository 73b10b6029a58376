// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// closable is a body that cannot be read after Close, like the SDK's.
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

// roundTripper is the next transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The SDK's changes to its body during a request must not affect the connection, and net/http must
// not be able to send the request a second time.
func TestBufferedBodies(t *testing.T) {
	theirs := &closable{Reader: strings.NewReader("question")}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", theirs)
	if err != nil {
		t.Fatal(err)
	}
	request.GetBody = func() (io.ReadCloser, error) { return http.NoBody, nil } // As net/http sets it.
	transport := bufferedBodies{roundTripper(func(r *http.Request) (*http.Response, error) {
		if !theirs.closed {
			t.Error("the body of the request is left open")
		}
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != "question" || r.ContentLength != int64(len("question")) {
			t.Errorf("%q of %d bytes, %v", got, r.ContentLength, err)
		}
		if r.GetBody != nil {
			t.Error("net/http can replay the request")
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}

// TestCompressedResponses checks that the client neither requests nor decompresses them.
func TestCompressedResponses(t *testing.T) {
	isolate(t)
	var accepted []string
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accepted = append(accepted, r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		inflating := gzip.NewWriter(w)
		_, _ = io.WriteString(inflating, `{"Commands":[]}`)
		_ = inflating.Close()
	}))
	t.Cleanup(listener.Close)
	opts := keys()
	opts.RetryMode, opts.Endpoints.SSM = "standard", listener.URL
	if err := read(t.Context(), mustNew(t, opts), ""); err == nil {
		t.Error("the response was decompressed")
	}
	for _, encoding := range accepted {
		if strings.Contains(encoding, "gzip") {
			t.Errorf("Accept-Encoding: %s", encoding)
		}
	}
}

// TestCredentialsBodyIsBounded sends an endless response from STS.
func TestCredentialsBodyIsBounded(t *testing.T) {
	for status, begin := range map[int]string{
		http.StatusOK:        "<AssumeRoleResponse><AssumeRoleResult>",
		http.StatusForbidden: "<ErrorResponse><Error><Code>",
	} {
		isolate(t)
		var sent atomic.Int64
		listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, begin)
			chunk := []byte(strings.Repeat("x", 64<<10))
			for {
				n, err := w.Write(chunk)
				if sent.Add(int64(n)); err != nil || sent.Load() > 256<<20 {
					return
				}
			}
		}))
		opts := withRole(listener.URL)
		opts.MaxRetries = 1
		err := read(t.Context(), mustNew(t, opts), "")
		listener.Close()
		var large *bodyTooLargeError
		if !errors.As(err, &large) {
			t.Errorf("HTTP %d: %v", status, err)
		}
		if got := sent.Load(); got > 64<<20 { // The buffers of the connection add to it.
			t.Errorf("HTTP %d: %d bytes were sent", status, got)
		}
	}
}

// TestMetadataWithoutProxy checks that requests for credentials of an instance or a container,
// which are in clear text, do not use a proxy.
func TestMetadataWithoutProxy(t *testing.T) {
	const proxy = "http://proxy.test:3128"
	for name, test := range map[string]struct {
		env  map[string]string
		opts Options
	}{
		"http_proxy":        {nil, Options{HTTPProxy: aws.String(proxy)}},
		"an empty no_proxy": {nil, Options{HTTPProxy: aws.String(proxy), NoProxy: aws.String("")}},
		"another no_proxy":  {nil, Options{HTTPProxy: aws.String(proxy), NoProxy: aws.String("a.test")}},
		"HTTP_PROXY":        {map[string]string{"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}, Options{}},
		"HTTP_PROXY, small": {map[string]string{"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "a.test"}, Options{}},
		"NO_PROXY":          {map[string]string{"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": "a.test"}, Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			test.opts.EC2MetadataServiceEndpoint = "http://metadata.test:1338"
			settings, err := mustNew(t, test.opts).loadSettings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			used := func(address string) string {
				u, err := url.Parse(address)
				if err != nil {
					t.Fatal(err)
				}
				chosen, err := settings.transport.Proxy(&http.Request{URL: u})
				if err != nil {
					t.Fatal(err)
				}
				if chosen == nil {
					return ""
				}
				return chosen.String()
			}
			for _, address := range []string{
				"http://169.254.169.254/latest/api/token", "http://169.254.170.2/v2/credentials", "http://169.254.170.23/v1/credentials",
				"http://[fd00:ec2::254]/latest/api/token", "http://[fd00:ec2::23]/v1/credentials", "http://metadata.test:1338/latest/api/token",
			} {
				if got := used(address); got != "" {
					t.Errorf("%s goes through %s", address, got)
				}
			}
			if got := used("http://b.test"); got != proxy {
				t.Errorf("other requests go through %q", got)
			}
		})
	}
}

// TestSilentMetadata: the addresses of the metadata service do not respond on some machines that
// are not instances. The client must give up after seconds, not after a minute.
func TestSilentMetadata(t *testing.T) {
	isolate(t)
	release := make(chan struct{})
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(listener.Close)
	t.Cleanup(func() { close(release) })
	on := false
	clients := mustNew(t, Options{EC2MetadataServiceEndpoint: listener.URL, SkipMetadataAPICheck: &on})
	start := time.Now()
	if region, err := clients.Region(t.Context()); err == nil {
		t.Errorf("the Region is %q", region)
	}
	var credentials *CredentialsError
	if err := read(t.Context(), clients, "us-east-1"); !errors.As(err, &credentials) || credentials.Temporary {
		t.Errorf("error = %v", err)
	}
	if took := time.Since(start); took > 3*metadataLimit {
		t.Errorf("it took %s", took)
	}
}
