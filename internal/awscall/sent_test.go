// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// attempt makes one attempt over a transport, and returns whether it may have been received.
func attempt(t *testing.T, c Call, keys aws.CredentialsProvider, transport roundTripFunc) (bool, error) {
	t.Helper()
	client := ssm.New(ssm.Options{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: transport}, Credentials: keys,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	})
	var attempts *Attempts
	c.Operation, c.Attempts = "ListCommands", 1
	err := NewSession(Options{}, new(Reach)).Do(t.Context(), c, func(ctx context.Context, a *Attempts) error {
		attempts = a
		_, err := client.ListCommands(ctx, &ssm.ListCommandsInput{}, func(o *ssm.Options) {
			o.Retryer = a.Retryer(o.Retryer)
			o.APIOptions = append(o.APIOptions, a.APIOption)
		})
		return err
	})
	return attempts.Sent(), err
}

var staticKeys = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")

// TestSent is whether the service may have received a request, by how far it came.
func TestSent(t *testing.T) {
	asked := func(r *http.Request) { httptrace.ContextClientTrace(r.Context()).GetConn("host") }
	connected := func(r *http.Request) {
		asked(r)
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	}
	// Fetching credentials makes requests of its own, over connections that say nothing of the one
	// that is to be signed.
	fetched := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", nil)
		connected(r)
		return staticKeys.Retrieve(ctx)
	})
	for name, c := range map[string]struct {
		keys      aws.CredentialsProvider
		transport roundTripFunc
		want      bool
	}{
		"refused":                    {staticKeys, func(r *http.Request) (*http.Response, error) { asked(r); return nil, syscall.ECONNREFUSED }, false},
		"refused, keys were fetched": {fetched, func(r *http.Request) (*http.Response, error) { asked(r); return nil, syscall.ECONNREFUSED }, false},
		"reset":                      {staticKeys, func(r *http.Request) (*http.Response, error) { connected(r); return nil, syscall.ECONNRESET }, true},
		"no hooks are called":        {staticKeys, func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNRESET }, true},
		"no keys": {aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("no keys")
		}), func(*http.Request) (*http.Response, error) { panic("sent") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			sent, err := attempt(t, Call{}, c.keys, c.transport)
			var f *CallError
			if sent != c.want || !errors.As(err, &f) || f.Sent != c.want {
				t.Errorf("sent %t, failure %+v", sent, f)
			}
		})
	}
}

// TestLimit is a response that comes byte by byte, so that the service is never silent.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		sent, err := attempt(t, Call{BodyLimit: 1 << 20, Limit: 30 * time.Second}, staticKeys, func(r *http.Request) (*http.Response, error) {
			body := readerFunc(func(p []byte) (int, error) {
				timer := time.NewTimer(time.Second)
				defer timer.Stop()
				select {
				case <-timer.C:
					return copy(p, " "), nil
				case <-r.Context().Done():
					return 0, r.Context().Err()
				}
			})
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), body))}, nil
		})
		var f *CallError
		if took := time.Since(start); took != 30*time.Second || !sent || !errors.As(err, &f) || f.Kind != Unavailable {
			t.Errorf("after %s: sent %t, %v", took, sent, err)
		}
	})
}
