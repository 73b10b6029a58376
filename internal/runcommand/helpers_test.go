// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"net/http"
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

// All tests of a read run in virtual time: the real SDK client, its retryer and
// its middleware over the fake's in-memory transport, inside a synctest
// bubble. An hour's wait takes milliseconds, and nothing is mocked.

const (
	command   = "11111111-1111-4111-8111-111111111111"
	otherID   = "22222222-2222-4222-8222-222222222222"
	node      = "i-0aaaaaaaaaaaaaaaa"
	otherNode = "mi-0bbbbbbbbbbbbbbbb"
	shell     = "aws:runShellScript"
)

// virtual runs a test in virtual time.
func virtual(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// serve returns a Client over a fake that plays the script.
func serve(t *testing.T, script fakeaws.Script, options ...func(*Options)) (*Client, *fakeaws.Server) {
	t.Helper()
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	return over(server.Transport(), options...), server
}

// over returns a Client over a transport.
//
// The provider's retryer is adaptive; here it is the standard one, since the
// adaptive one's rate limiter asks for sleeps of less than a nanosecond, which
// never end on a clock that stands still. Its own tests use the real clock.
func over(transport http.RoundTripper, options ...func(*Options)) *Client {
	client := ssm.New(ssm.Options{
		Region:      "us-east-1",
		HTTPClient:  &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	})
	o := Options{Region: "us-east-1"}
	for _, f := range options {
		f(&o)
	}
	return New(client, o)
}

// sent is a script of one command on one node.
func sent(i fakeaws.Invocation, faults ...fakeaws.Fault) fakeaws.Script {
	i.InstanceID = node
	return fakeaws.Script{Commands: []fakeaws.Command{{CommandID: command, Invocations: []fakeaws.Invocation{i}}}, Faults: faults}
}

// done is a step that ran from start to end and succeeded.
func done(start, end fakeaws.Seconds, output string) fakeaws.Step {
	return fakeaws.Step{
		Timeline:       []fakeaws.Moment{{At: start, Status: "InProgress"}, {At: end, Status: "Success"}},
		StandardOutput: output,
	}
}

// ask is a query for the one step, with the provider's defaults.
func ask(change ...func(*InvocationQuery)) InvocationQuery {
	q := InvocationQuery{CommandID: command, InstanceID: node, Visibility: 30 * time.Second, Timeout: time.Hour}
	for _, f := range change {
		f(&q)
	}
	return q
}

func step(name string) func(*InvocationQuery) {
	return func(q *InvocationQuery) { q.PluginName = name }
}

func within(d time.Duration) func(*InvocationQuery) {
	return func(q *InvocationQuery) { q.Timeout = d }
}

// read reads and fails the test on an error.
func read(t *testing.T, r *Client, q InvocationQuery) Result {
	t.Helper()
	result, err := r.Invocation(t.Context(), q)
	if err != nil {
		t.Fatalf("after %s: %v", time.Since(epoch), err)
	}
	return result
}

// refused reads and wants an error of type E.
func refused[E error](t *testing.T, r *Client, q InvocationQuery) E {
	t.Helper()
	return refusedIn[E](t.Context(), t, r, q)
}

func refusedIn[E error](ctx context.Context, t *testing.T, r *Client, q InvocationQuery) E {
	t.Helper()
	result, err := r.Invocation(ctx, q)
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("error %T (%v) with %+v, want %T", err, err, result.Invocation, want)
	}
	return want
}

// epoch is when every bubble's clock starts.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func stdout(t *testing.T, r Result) string {
	t.Helper()
	if r.Invocation.StandardOutput.Content == nil {
		t.Fatal("standard output is null")
	}
	return aws.ToString(r.Invocation.StandardOutput.Content)
}

func elapsedBetween(t *testing.T, from time.Time, low, high time.Duration) {
	t.Helper()
	if took := time.Since(from); took < low || took > high {
		t.Errorf("took %s, want %s to %s", took, low, high)
	}
}
