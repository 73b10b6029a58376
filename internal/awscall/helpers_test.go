// SPDX-License-Identifier: MPL-2.0

package awscall

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

const (
	command = "11111111-1111-4111-8111-111111111111"
	node    = "i-0aaaaaaaaaaaaaaaa"
)

// caller makes calls of GetCommandInvocation in one session: the real SDK client over a transport,
// in virtual time.
type caller struct {
	*Session
	client *ssm.Client
	// attempts are those that the session reported to Observe.
	attempts []Attempt
	// renewals counts the calls of RenewCredentials.
	renewals int
}

// virtual runs a test in virtual time.
func virtual(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// newCaller returns a caller over the fake with the given faults.
func newCaller(t *testing.T, maxAttempts int, faults ...fakeaws.Fault) *caller {
	t.Helper()
	server, err := fakeaws.New(fakeaws.Script{Faults: faults, Commands: []fakeaws.Command{{
		CommandID: command, SentAt: -60,
		Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{{
			Timeline: []fakeaws.Moment{{At: 1, Status: "Success"}}, StandardOutput: strings.Repeat("x", 1000),
		}}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return over(server.Transport(), maxAttempts)
}

// over returns a caller over a transport.
func over(transport http.RoundTripper, maxAttempts int, change ...func(*ssm.Options)) *caller {
	c := &caller{client: ssm.New(ssm.Options{
		Region:      "us-east-1",
		HTTPClient:  &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	}, change...)}
	c.Session = NewSession(Options{
		MaxAttempts:      maxAttempts,
		RenewCredentials: func() { c.renewals++ },
		Observe:          func(_ context.Context, a Attempt) { c.attempts = append(c.attempts, a) },
	}, new(Reach))
	return c
}

// get makes one call.
func (c *caller) get(ctx context.Context, call Call) error {
	call.Operation = "GetCommandInvocation"
	return c.Do(ctx, call, func(ctx context.Context, a *Attempts) error {
		_, err := c.client.GetCommandInvocation(ctx, &ssm.GetCommandInvocationInput{CommandId: aws.String(command), InstanceId: aws.String(node)},
			func(o *ssm.Options) {
				o.Retryer = a.Retryer(o.Retryer)
				o.APIOptions = append(o.APIOptions, a.APIOption)
			})
		return err
	})
}

// fail makes one call and returns its failure.
func (c *caller) fail(t *testing.T, call Call) *CallError {
	t.Helper()
	err := c.get(t.Context(), call)
	f, ok := err.(*CallError) //nolint:errorlint // Do returns it as it is.
	if !ok {
		t.Fatalf("error %T %v, want a *CallError", err, err)
	}
	return f
}

// succeed makes one call that succeeds.
func (c *caller) succeed(t *testing.T) {
	t.Helper()
	if err := c.get(t.Context(), Call{}); err != nil {
		t.Fatal(err)
	}
}

// transport is an HTTP transport without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// respond returns a transport that always returns one response.
func respond(status int, body func() io.Reader) transport {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
			ContentLength: -1, Body: io.NopCloser(body()), Request: r,
		}, nil
	}
}

// text is a body for [respond].
func text(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }

// checkElapsed checks the virtual time since a moment.
func checkElapsed(t *testing.T, since time.Time, least, most time.Duration) {
	t.Helper()
	if d := time.Since(since); d < least || d > most {
		t.Errorf("took %s, want %s to %s", d, least, most)
	}
}
