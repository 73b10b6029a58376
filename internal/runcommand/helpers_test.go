// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
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

// All tests run in virtual time: the real SDK client, its retryer, and its middleware over the
// in-memory transport of the fake, inside a synctest bubble. A wait of an hour takes milliseconds.

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
// The provider's retryer is adaptive. Here it is the standard one: the rate limiter of the adaptive
// one sleeps for less than a nanosecond, which never ends in virtual time. Package awsclient tests
// the adaptive one with the real clock.
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

// refused reads, and checks that the read fails with an error of type E.
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

// epoch is when virtual time starts.
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

var webServers = []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}

// fleet is a command on n nodes. On every seventh node it fails when it ends.
func fleet(n int, end fakeaws.Seconds) fakeaws.Command {
	c := fakeaws.Command{CommandID: command, MaxErrors: "100%"}
	for i := range n {
		s := done(0, end, fmt.Sprintf("node %d\n", i))
		if i%7 == 3 {
			s.Timeline[1].Status = "Failed"
		}
		c.Invocations = append(c.Invocations, fakeaws.Invocation{InstanceID: nodeID(i), Steps: []fakeaws.Step{s}})
	}
	return c
}

func nodeID(i int) string { return fmt.Sprintf("i-%017d", i) }

func fleetQuery(change ...func(*InvocationsQuery)) InvocationsQuery {
	q := InvocationsQuery{CommandID: command, Visibility: 30 * time.Second, Timeout: time.Hour}
	for _, f := range change {
		f(&q)
	}
	return q
}

func commandQuery(change ...func(*CommandQuery)) CommandQuery {
	q := CommandQuery{CommandID: command, Visibility: 30 * time.Second, Timeout: time.Hour}
	for _, f := range change {
		f(&q)
	}
	return q
}

// history is n completed commands, sent one a minute before the start.
func history(n int) []fakeaws.Command {
	var all []fakeaws.Command
	for i := range n {
		all = append(all, fakeaws.Command{
			CommandID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), SentAt: fakeaws.Seconds(-60 * (i + 1)),
			Comment: fmt.Sprint("nightly ", i%10), Invocations: []fakeaws.Invocation{{InstanceID: node}},
		})
	}
	return all
}

// responses returns the response to the nth request of each operation, counted from 0. The fake
// does not return responses that contradict each other or that no service sends.
type responses map[string]func(n int, request string) (status int, body string)

// scriptedTransport is a transport that returns responses and counts requests.
type scriptedTransport struct {
	responses
	asked map[string]int
}

func (a scriptedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	request, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	respond, ok := a.responses[operation]
	if !ok {
		return nil, errors.New(operation + " was not expected")
	}
	status, body := respond(a.asked[operation], string(request))
	a.asked[operation]++
	return &http.Response{StatusCode: status, Header: http.Header{"X-Amzn-Requestid": {"r"}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// responding returns a Client over responses, and the number of requests by operation.
func responding(a responses) (*Client, map[string]int) {
	asked := map[string]int{}
	return over(scriptedTransport{a, asked}), asked
}

func always(status int, body string) func(int, string) (int, string) {
	return func(int, string) (int, string) { return status, body }
}

const (
	missingBody = `{"__type":"InvocationDoesNotExist"}`
	noRows      = `{"CommandInvocations":[]}`
	noCommands  = `{"Commands":[]}`
	outage      = `<html>503</html>`
)

func invocationBody(status string, rest string) string {
	return fmt.Sprintf(`{"CommandId":%q,"InstanceId":%q,"Status":%q,"StatusDetails":%q,"StandardOutputContent":"","StandardErrorContent":""%s}`, command, node, status, status, rest)
}

func rowBody(status, plugins string) string {
	return fmt.Sprintf(`{"CommandInvocations":[{"CommandId":%q,"InstanceId":%q,"Status":%q,"StatusDetails":%q,"CommandPlugins":[%s]}]}`, command, node, status, status, plugins)
}

func commandBody(status string, counts string) string {
	return fmt.Sprintf(`{"Commands":[{"CommandId":%q,"InstanceIds":[%q],"Status":%q,"StatusDetails":%q%s}]}`, command, node, status, status, counts)
}

func byComment(id, comment string, minute int) string {
	return fmt.Sprintf(`{"CommandId":%q,"Comment":%q,"Status":"Success","RequestedDateTime":%d}`, id, comment, epoch.Add(time.Duration(minute)*time.Minute).Unix())
}

// endlessBody is a body of zeros without an end.
type endlessBody struct{ left int64 }

func (f *endlessBody) Read(p []byte) (int, error) {
	if f.left <= 0 {
		return 0, io.EOF
	}
	clear(p)
	f.left -= int64(len(p))
	return len(p), nil
}
