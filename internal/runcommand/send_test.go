// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// nodes is a script of two nodes, one of them tagged.
func nodes(faults ...fakeaws.Fault) fakeaws.Script {
	return fakeaws.Script{
		Nodes:  []fakeaws.Node{{InstanceID: node, Tags: map[string]string{"role": "web"}}, {InstanceID: otherNode}},
		Faults: faults,
	}
}

// fault is a fault of SendCommand.
func fault(kind fakeaws.FaultKind, change ...func(*fakeaws.Fault)) fakeaws.Fault {
	f := fakeaws.Fault{Operation: "SendCommand", Kind: kind}
	for _, c := range change {
		c(&f)
	}
	return f
}

func takesEffect(f *fakeaws.Fault) { f.Accepted = true }

func takesEffectAfter(d fakeaws.Seconds) func(*fakeaws.Fault) {
	return func(f *fakeaws.Fault) { f.Accepted, f.AcceptedAfter = true, d }
}

func forever(f *fakeaws.Fault) { f.Times = -1 }

// request is a command for one node.
func request(change ...func(*SendRequest)) SendRequest {
	q := SendRequest{
		DocumentName: "AWS-RunShellScript", InstanceIDs: []string{node}, Comment: "terraform 0a1b2c3d",
		Parameters: map[string][]string{"commands": {"echo " + secretValue}},
		NodesReady: 5 * time.Minute, Timeout: time.Hour,
	}
	for _, f := range change {
		f(&q)
	}
	return q
}

// secretValue is part of a parameter, and must be part of nothing else.
const secretValue = "hunter2-and-more"

// send sends and fails the test on an error.
func send(t *testing.T, c *Client, q SendRequest) Sent {
	t.Helper()
	sent, err := c.Send(t.Context(), q)
	if err != nil {
		t.Fatalf("after %s: %T %v", time.Since(epoch), err, err)
	}
	return sent
}

// notSent sends and wants an error of type E.
func notSent[E error](t *testing.T, c *Client, q SendRequest) E {
	t.Helper()
	return notSentIn[E](t.Context(), t, c, q)
}

func notSentIn[E error](ctx context.Context, t *testing.T, c *Client, q SendRequest) E {
	t.Helper()
	sent, err := c.Send(ctx, q)
	var want E
	if !errors.As(err, &want) || sent.Command.CommandID != "" {
		t.Fatalf("after %s: error %T (%v) with %+v, want %T", time.Since(epoch), err, err, sent.Command, want)
	}
	if text := fmt.Sprintf("%s %+v", err, want); strings.Contains(text, secretValue) {
		t.Errorf("the error has a parameter: %s", text)
	}
	return want
}

// executed lets an hour pass, and wants each command that was sent to have run n times in all.
func executed(t *testing.T, server *fakeaws.Server, n int) {
	t.Helper()
	<-time.After(time.Hour)
	if got := server.Executions("", ""); got != n {
		t.Errorf("%d executions, want %d", got, n)
	}
}

// losses are the ways to lose a response.
var losses = []fakeaws.FaultKind{
	fakeaws.InternalError, fakeaws.HTML503, fakeaws.TooManyRequests, fakeaws.Drop, fakeaws.Close, fakeaws.TruncateBody,
	fakeaws.StallBody, fakeaws.Empty200, fakeaws.Silent, fakeaws.WrongCommand, fakeaws.HTML200, fakeaws.HTML403,
}

// TestLostResponse is each way to lose a response: a command that was accepted is found, and one
// that was not is never sent again.
func TestLostResponse(t *testing.T) {
	for _, kind := range losses {
		t.Run(string(kind), func(t *testing.T) {
			t.Run("accepted", func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					c, server := serve(t, nodes(fault(kind, takesEffect)))
					sent := send(t, c, request())
					if !sent.Adopted || server.Count("SendCommand") != 1 || sent.Command.CommandID != server.Sends()[0].Command.CommandID {
						t.Errorf("%+v after %d requests", sent, server.Count("SendCommand"))
					}
					executed(t, server, 1)
				})
			})
			t.Run("not accepted", func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					c, server := serve(t, nodes(fault(kind)))
					err := notSent[*PerhapsSentError](t, c, request())
					if !err.Complete || err.Interrupted || len(err.Candidates) > 0 || err.Lookups < 10 || err.Unanswered > 0 || err.Searched < searchLimit {
						t.Errorf("%+v", err)
					}
					if server.Count("SendCommand") != 1 {
						t.Errorf("%d requests", server.Count("SendCommand"))
					}
					executed(t, server, 0)
				})
			})
		})
	}
}

// TestRefusedForNow is what is sent again, since it was not accepted.
func TestRefusedForNow(t *testing.T) {
	for name, c := range map[string]struct {
		fault    fakeaws.Fault
		requests int
	}{
		"throttled":              {fault(fakeaws.Throttle, func(f *fakeaws.Fault) { f.Times = 7 }), 8},
		"expired":                {fault(fakeaws.ExpiredToken), 2},
		"unknown key":            {fault(fakeaws.UnrecognizedClient), 2},
		"unreachable":            {fault(fakeaws.Unreachable, func(f *fakeaws.Fault) { f.Times = 3 }), 1},
		"the clock was wrong":    {fault(fakeaws.InvalidSignature), 2},
		"nodes are not there":    {fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code, f.Times = "InvalidInstanceId", 12 }), 13},
		"nothing is wrong":       {fault(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay = 29 }), 1},
		"a code for throttling":  {fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code = "RequestLimitExceeded" }), 2},
		"throttled, with a code": {fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code, f.Times = "ThrottlingException", 40 }), 41},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, nodes(c.fault), func(o *Options) { o.RenewCredentials = func() {} })
				sent := send(t, client, request())
				if n := server.Count("SendCommand"); n != c.requests || sent.Adopted || server.Count("ListCommands") > 0 {
					t.Errorf("%d requests, want %d; %+v", n, c.requests, sent)
				}
				executed(t, server, 1)
			})
		})
	}
}

// TestRefusedForGood is what is not sent again, and what is to blame.
func TestRefusedForGood(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*SendRequest)
		fault  fakeaws.Fault
		want   Blame
		member string
	}{
		"document":     {change: func(q *SendRequest) { q.DocumentName = "NoSuchDocument" }, want: BlameDocument},
		"hash":         {change: func(q *SendRequest) { q.DocumentHash = "abc" }, want: BlameDocument},
		"version":      {change: func(q *SendRequest) { q.DocumentVersion = "9" }, want: BlameVersion},
		"parameters":   {change: func(q *SendRequest) { q.Parameters["nothing"] = []string{"x"} }, want: BlameParameters},
		"twice":        {change: func(q *SendRequest) { q.InstanceIDs = []string{node, node} }, want: BlameNodes},
		"platform":     {change: func(q *SendRequest) { q.InstanceIDs = []string{windowsNode} }, want: BlamePlatform},
		"size":         {change: func(q *SendRequest) { q.Parameters["commands"] = []string{strings.Repeat("x", 100001)} }, want: BlameSize},
		"role":         {change: func(q *SendRequest) { q.ServiceRole = "no role" }, want: BlameRole},
		"notification": {change: func(q *SendRequest) { q.Notification = &Notification{ARN: "nothing", Type: "Command"} }, want: BlameNotification},
		"bucket":       {change: func(q *SendRequest) { q.OutputS3.BucketName = "missing" }, want: BlameOutputS3},
		"member":       {change: func(q *SendRequest) { q.MaxErrors = "many" }, want: BlameRequest, member: "maxErrors"},
		"nested member": {change: func(q *SendRequest) {
			q.Alarms = &AlarmConfiguration{Names: []string{strings.Repeat("x", 256)}}
		}, want: BlameRequest, member: "alarmConfiguration.alarms.1.member.name"},
		"a new code": {fault: fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code = "SomethingNew" }), want: BlameRequest},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes()
				if c.fault.Kind != "" {
					script.Faults = []fakeaws.Fault{c.fault}
				}
				script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: windowsNode, PlatformType: "Windows"})
				script.Behavior.MissingBuckets = []string{"missing"}
				client, server := serve(t, script)
				change := c.change
				if change == nil {
					change = func(*SendRequest) {}
				}
				err := notSent[*RefusedError](t, client, request(change))
				if err.Blame != c.want || err.Member != c.member || err.Code == "" || server.Count("SendCommand") != 1 {
					t.Errorf("%+v after %d requests", err, server.Count("SendCommand"))
				}
				elapsedBetween(t, epoch, 0, time.Second)
				executed(t, server, 0)
			})
		})
	}
}

const windowsNode = "i-0ccccccccccccccc0"

// TestRefusedByType is what the other rejections are.
func TestRefusedByType(t *testing.T) {
	t.Run("denied", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, server := serve(t, nodes(fault(fakeaws.AccessDenied)))
			err := notSent[*AccessDeniedError](t, c, request())
			if err.Resource() != "arn:aws:ssm:us-east-1::document/AWS-RunShellScript" || server.Count("") != 1 {
				t.Errorf("%q: %+v", err.Resource(), err)
			}
		})
	})
	t.Run("denied on a node", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			script := nodes()
			script.Nodes[1].SendDenied = true
			c, _ := serve(t, script)
			err := notSent[*AccessDeniedError](t, c, request(func(q *SendRequest) { q.InstanceIDs = []string{otherNode} }))
			if err.Resource() != "arn:aws:ssm:us-east-1:123456789012:managed-instance/"+otherNode {
				t.Errorf("%q: %+v", err.Resource(), err)
			}
		})
	})
	t.Run("the signature never matches", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, server := serve(t, nodes(fault(fakeaws.InvalidSignature, forever)))
			notSent[*CredentialsError](t, c, request())
			if server.Count("") != 2 {
				t.Errorf("%d requests", server.Count(""))
			}
		})
	})
	t.Run("unreachable", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, server := serve(t, nodes(fault(fakeaws.Unreachable, forever)))
			err := notSent[*UnavailableError](t, c, request())
			if err.Why != GaveUpUnreached || server.Count("") > 0 {
				t.Errorf("%+v", err)
			}
			elapsedBetween(t, epoch, time.Minute, 61*time.Second)
		})
	})
	t.Run("throttled for the whole time", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, server := serve(t, nodes(fault(fakeaws.Throttle, forever)))
			err := notSent[*UnavailableError](t, c, request(func(q *SendRequest) { q.Timeout = 5 * time.Minute }))
			if err.Why != GaveUpTimedOut || err.Code != "ThrottlingException" {
				t.Errorf("%+v", err)
			}
			elapsedBetween(t, epoch, 299*time.Second, 5*time.Minute)
			executed(t, server, 0)
		})
	})
	t.Run("attempts", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, server := serve(t, nodes(fault(fakeaws.Throttle, forever)), func(o *Options) { o.MaxAttempts = 4 })
			err := notSent[*UnavailableError](t, c, request())
			if err.Why != GaveUpAttempts || server.Count("SendCommand") != 4 {
				t.Errorf("%+v after %d requests", err, server.Count("SendCommand"))
			}
		})
	})
}

// TestValuesAreNotPartOfErrors is a rejection that repeats the parameters in one form or another.
func TestValuesAreNotPartOfErrors(t *testing.T) {
	parameters := map[string][]string{"commands": {"echo \"" + secretValue + "\"\nexit 1", "x"}}
	for code, message := range map[string]string{
		"InvalidParameters":   "Invalid value echo \"" + secretValue + "\"\nexit 1 for commands",
		"ValidationException": `1 validation error detected: Value '{commands=[echo "` + secretValue + `"]}' at 'parameters' failed to satisfy constraint: x`,
		"InvalidRole":         `The role is not valid for echo "` + secretValue + `"`,
		"ThrottlingException": `Rate exceeded: {"commands":["echo \"` + secretValue + `\"\nexit 1"]}`,
		"AccessDeniedException": `User: x is not authorized to perform: ssm:SendCommand on resource: arn:aws:ssm:us-east-1::document/D with echo "` +
			secretValue + `"`,
		"SomethingNew":        "nothing but echo " + secretValue,
		"InternalServerError": `it broke at "echo \"` + secretValue + `\"\nexit 1"`,
	} {
		t.Run(code, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c, _ := serve(t, nodes(fault(fakeaws.ServiceError, forever, func(f *fakeaws.Fault) { f.Code, f.Message = code, message })))
				_, err := c.Send(t.Context(), request(func(q *SendRequest) { q.Parameters, q.Timeout = parameters, time.Minute }))
				for ; err != nil; err = errors.Unwrap(err) {
					if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, secretValue) || !strings.Contains(text, code) {
						t.Error(text)
					}
				}
			})
		})
	}
}

// TestServerTroubleIsNoRefusal is the service's own trouble with a status that blames the request.
func TestServerTroubleIsNoRefusal(t *testing.T) {
	for _, code := range serverCodes {
		t.Run(code, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c, server := serve(t, nodes(fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code = code })))
				notSent[*PerhapsSentError](t, c, request())
				if server.Count("SendCommand") != 1 {
					t.Errorf("%d requests", server.Count("SendCommand"))
				}
			})
		})
	}
}

// statusTransport responds to SendCommand with a status and a body, without passing it on.
type statusTransport struct {
	aws    http.RoundTripper
	status int
	body   string
}

func (s statusTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") != "AmazonSSM.SendCommand" {
		return s.aws.RoundTrip(r)
	}
	return reply(r, s.status, s.body), nil
}

// reply is a response of the service.
func reply(r *http.Request, status int, body string) *http.Response {
	return respond(r, status, strings.NewReader(body), int64(len(body)), map[string]string{"X-Amzn-Requestid": "r"})
}

// TestStatuses is which statuses prove that a command was not sent.
func TestStatuses(t *testing.T) {
	const coded = `{"__type":"SomethingNew"}`
	for _, c := range []struct {
		status    int
		body      string
		ambiguous bool
	}{
		{400, coded, false},
		{403, coded, false},
		{400, `{}`, true},
		{400, `<html>`, true},
		{403, `{"message":"Forbidden"}`, true},
		{407, `<html>`, false},
		{408, coded, true},
		{425, coded, true},
		{429, `Too Many Requests`, true},
		{500, coded, true},
		{502, `<html>`, true},
		{503, coded, true},
		{504, ``, true},
		{302, ``, true},
		{200, `{"Command":{}}`, true},
		{200, `{"Command":{"CommandId":""}}`, true},
		{200, `{"Command":null}`, true},
		{200, `[]`, true},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				server, err := fakeaws.New(nodes())
				if err != nil {
					t.Fatal(err)
				}
				client := over(statusTransport{server.Transport(), c.status, c.body})
				_, err = client.Send(t.Context(), request(func(q *SendRequest) { q.Timeout = 2 * time.Minute }))
				var perhaps *PerhapsSentError
				if err == nil || errors.As(err, &perhaps) != c.ambiguous {
					t.Errorf("%T %v", err, err)
				}
			})
		})
	}
}

// TestNodesBecomeReady is a node that registers while the command is being sent.
func TestNodesBecomeReady(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes()
		script.Nodes[0].RegisteredAt = fakeaws.At(90)
		c, server := serve(t, script)
		var progress []Progress
		sent := send(t, c, request(func(q *SendRequest) { q.Progress = func(p Progress) { progress = append(progress, p) } }))
		elapsedBetween(t, epoch, 90*time.Second, 100*time.Second)
		if len(progress) != 2 || progress[0].Phase != WaitingForNodes || progress[1].CommandID != sent.Command.CommandID {
			t.Errorf("%+v", progress)
		}
		executed(t, server, 1)
	})
}

// TestPausesGoOn is trouble that begins when the time of another kind of trouble is over: the
// requests do not follow each other without a pause.
func TestPausesGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		faults []fakeaws.Fault
		call   func(context.Context, *Client)
	}{
		"sending": {
			[]fakeaws.Fault{fault(fakeaws.ServiceError, func(f *fakeaws.Fault) { f.Code = "InvalidInstanceId" }), fault(fakeaws.Throttle, forever)},
			func(ctx context.Context, c *Client) {
				_, _ = c.Send(ctx, request(func(q *SendRequest) { q.NodesReady, q.Timeout = 10*time.Second, 2*time.Minute }))
			},
		},
		"cancelling": {
			[]fakeaws.Fault{{Operation: "ListCommands", Kind: fakeaws.Throttle, Skip: 1, Times: -1}},
			func(ctx context.Context, c *Client) {
				_, _ = c.Cancel(ctx, CancelRequest{CommandID: command, Visibility: 10 * time.Second, Timeout: 2 * time.Minute})
			},
		},
		"cancelling, unchecked": {
			[]fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.Throttle, Skip: 1, Times: -1}},
			func(ctx context.Context, c *Client) {
				_, _ = c.Cancel(ctx, CancelRequest{CommandID: command, Unchecked: true, Visibility: 10 * time.Second, Timeout: 2 * time.Minute})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				const most = 150
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				n := 0
				client, _ := serve(t, nodes(c.faults...), func(o *Options) {
					o.Observe = func(context.Context, awscall.Attempt) {
						if n++; n > most {
							cancel()
						}
					}
				})
				c.call(ctx, client)
				if n > most {
					t.Errorf("%d requests within %s", n, time.Since(epoch))
				}
			})
		})
	}
}

// TestNodesNotReady is a node that does not register in time, and what is known of the others.
func TestNodesNotReady(t *testing.T) {
	script := nodes()
	script.Nodes[0].RegisteredAt = fakeaws.At(301)
	script.Nodes[1].Ping = []fakeaws.Ping{{At: 0, Status: "ConnectionLost"}}
	both := func(q *SendRequest) { q.InstanceIDs = []string{node, otherNode} }
	for name, c := range map[string]struct {
		change func(*SendRequest)
		faults []fakeaws.Fault
		after  time.Duration
		known  bool
	}{
		"the nodes' time":     {both, nil, 5 * time.Minute, true},
		"the command's time":  {func(q *SendRequest) { both(q); q.Timeout = time.Minute }, nil, time.Minute, true},
		"no time":             {func(q *SendRequest) { both(q); q.NodesReady = 0 }, nil, 0, true},
		"not allowed to know": {both, []fakeaws.Fault{{Operation: "DescribeInstanceInformation", Kind: fakeaws.AccessDenied}}, 5 * time.Minute, false},
		"no response":         {both, []fakeaws.Fault{{Operation: "DescribeInstanceInformation", Kind: fakeaws.Silent, Times: -1}}, 5*time.Minute + explainLimit, false},
		"a node's own error":  {both, []fakeaws.Fault{{Operation: "DescribeInstanceInformation", Kind: fakeaws.ServiceError, Code: "InvalidInstanceId"}}, 5 * time.Minute, true},
		"as a target": {func(q *SendRequest) {
			q.InstanceIDs, q.Targets = nil, []Target{{Key: "tag:role", Values: []string{"web"}}}
		}, []fakeaws.Fault{fault(fakeaws.ServiceError, forever, func(f *fakeaws.Fault) { f.Code = "InvalidInstanceId" })}, 5 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script.Faults = c.faults
				client, server := serve(t, script)
				err := notSent[*NodesNotReadyError](t, client, request(c.change))
				elapsedBetween(t, epoch, c.after, c.after+time.Second)
				if err.Response == nil || err.Response.Code != "InvalidInstanceId" || c.known != (len(err.Nodes) == 2) {
					t.Fatalf("%+v", err)
				}
				if c.known {
					lost := err.Nodes[1]
					if err.Nodes[0].Connection != "" || lost.Connection != "notconnected" {
						t.Errorf("connections: %+v", err.Nodes)
					}
					if err.Unknown != nil || err.Nodes[0].Node != nil || lost.Node == nil || lost.Online() || lost.Node.LastPing.IsZero() || lost.Node.PlatformType != "Linux" {
						t.Errorf("%+v", err.Nodes)
					}
				}
				executed(t, server, 0)
			})
		})
	}
}

// TestConnections is the connection status of nodes that the service rejects: one request for each
// registered node, ten at most, and nothing if a request fails.
func TestConnections(t *testing.T) {
	connection := func(kind fakeaws.FaultKind, change ...func(*fakeaws.Fault)) fakeaws.Fault {
		f := fakeaws.Fault{Operation: "GetConnectionStatus", Kind: kind, Times: -1}
		for _, c := range change {
			c(&f)
		}
		return f
	}
	for name, c := range map[string]struct {
		nodes    int
		fault    fakeaws.Fault
		want     int // Nodes with a status.
		requests int
		within   time.Duration
	}{
		"few":              {3, fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.Drop}, 3, 3, time.Second},
		"many, one lost":   {30, fakeaws.Fault{Operation: "GetObject", Kind: fakeaws.Drop}, 10, 10, time.Second},
		"denied":           {3, connection(fakeaws.AccessDenied), 0, 1, time.Second},
		"denied later":     {3, connection(fakeaws.AccessDenied, func(f *fakeaws.Fault) { f.Skip = 1 }), 1, 2, time.Second},
		"throttled":        {3, connection(fakeaws.Throttle), 0, 1, time.Second},
		"an empty body":    {3, connection(fakeaws.Empty200), 0, 3, time.Second},
		"a page":           {3, connection(fakeaws.HTML200), 0, 1, time.Second},
		"no response":      {3, connection(fakeaws.Silent), 0, 1, explainLimit},
		"a late response":  {3, connection(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay = 2 }), 2, 3, explainLimit},
		"a broken channel": {3, connection(fakeaws.Drop), 0, 1, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := fakeaws.Script{Faults: []fakeaws.Fault{c.fault}}
				q := request(func(q *SendRequest) { q.InstanceIDs, q.NodesReady = []string{nodeID(77)}, 0 })
				for i := range c.nodes {
					n := fakeaws.Node{InstanceID: nodeID(i)}
					if i == 0 { // It is Online for the service.
						n.Offline = []fakeaws.Span{{From: -60}}
					}
					if i == 29 {
						n.Ping = []fakeaws.Ping{{At: -60, Status: "ConnectionLost"}}
					}
					script.Nodes, q.InstanceIDs = append(script.Nodes, n), append(q.InstanceIDs, nodeID(i))
				}
				client, server := serve(t, script)
				err := notSent[*NodesNotReadyError](t, client, q)
				elapsedBetween(t, epoch, 0, c.within)
				if n := server.Count("GetConnectionStatus"); n != c.requests || err.Unknown != nil || len(err.Nodes) != c.nodes+1 {
					t.Errorf("%d requests, want %d; %+v", n, c.requests, err)
				}
				for i, n := range err.Nodes {
					want, last := "connected", c.want
					if c.nodes == 30 {
						last-- // The one that is lost comes first.
					}
					switch {
					case i == 1 && last > 0, i == 30:
						want = "notconnected"
					case i == 0, i > last:
						want = "" // The first one is not registered.
					}
					if n.Connection != want || (i > 0 && i < 30) != n.Online() {
						t.Errorf("%s is %q, want %q", n.InstanceID, n.Connection, want)
					}
				}
			})
		})
	}
}

// TestOneRequestOnTheWire is a client that is configured to retry: SendCommand is not.
func TestOneRequestOnTheWire(t *testing.T) {
	for _, kind := range losses {
		t.Run(string(kind), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				server, err := fakeaws.New(nodes(fault(kind, forever)))
				if err != nil {
					t.Fatal(err)
				}
				client := over(server.Transport())
				client.options.Sender = ssm.New(ssm.Options{
					Region: "us-east-1", HTTPClient: &http.Client{Transport: server.Transport()}, RetryMaxAttempts: 10,
					Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
						return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
					}),
				})
				notSent[*PerhapsSentError](t, client, request())
				if n := server.Count("SendCommand"); n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestSender is a client of its own that commands are sent with, and nothing else.
func TestSender(t *testing.T) {
	virtual(t, func(t *testing.T) {
		server, err := fakeaws.New(nodes())
		if err != nil {
			t.Fatal(err)
		}
		sender := &countingSender{SendAPI: over(server.Transport()).api}
		c := over(statusTransport{server.Transport(), 500, ""}, func(o *Options) { o.Sender = sender })
		sent := send(t, c, request())
		if _, err := c.Results(t.Context(), ResultsQuery{Command: sent.Command, Timeout: time.Minute}); err != nil || sender.calls != 1 {
			t.Errorf("%v, %d calls", err, sender.calls)
		}
	})
}

type countingSender struct {
	SendAPI
	calls int
}

func (c *countingSender) SendCommand(ctx context.Context, in *ssm.SendCommandInput, o ...func(*ssm.Options)) (*ssm.SendCommandOutput, error) {
	c.calls++
	return c.SendAPI.SendCommand(ctx, in, o...)
}

// panicking is a sender that panics, before or after the request.
type panicking struct {
	SendAPI
	after bool
}

func (p panicking) SendCommand(ctx context.Context, in *ssm.SendCommandInput, o ...func(*ssm.Options)) (*ssm.SendCommandOutput, error) {
	if p.after {
		_, _ = p.SendAPI.SendCommand(ctx, in, o...)
	}
	panic(secretValue)
}

// TestPanic is a panic in code that is not ours, at each place that calls some.
func TestPanic(t *testing.T) {
	panics := func(id bool) func(Progress) {
		return func(p Progress) {
			if (p.CommandID != "") == id {
				panic(secretValue)
			}
		}
	}
	for name, c := range map[string]struct {
		sender  func(SendAPI) SendAPI
		change  func(*SendRequest)
		faults  []fakeaws.Fault
		sent    bool
		perhaps bool
	}{
		"before the request":                 {sender: func(api SendAPI) SendAPI { return panicking{api, false} }},
		"after the request":                  {sender: func(api SendAPI) SendAPI { return panicking{api, true} }, perhaps: true},
		"progress after it":                  {change: func(q *SendRequest) { q.Progress = panics(true) }, sent: true},
		"progress while nodes are not ready": {change: func(q *SendRequest) { q.Progress, q.InstanceIDs = panics(false), []string{"i-0ddddddddddddddd0"} }},
		"progress of the search": {
			change: func(q *SendRequest) { q.Progress = panics(false) }, faults: []fakeaws.Fault{fault(fakeaws.Drop, takesEffect)}, perhaps: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, nodes(c.faults...))
				if c.sender != nil {
					client.options.Sender = c.sender(client.api)
				}
				change := c.change
				if change == nil {
					change = func(*SendRequest) {}
				}
				sent, err := client.Send(t.Context(), request(change))
				var perhaps *PerhapsSentError
				var panicked *PanicError
				if errors.As(err, &perhaps) != c.perhaps || errors.As(err, &panicked) == c.perhaps || (sent.Command.CommandID != "") != c.sent {
					t.Errorf("%+v, %T %v", sent, err, err)
				}
				if strings.Contains(fmt.Sprint(err), secretValue) {
					t.Error(err)
				}
				if n := server.Count("SendCommand"); n > 1 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestProgress is what is reported of a command: its ID first.
func TestProgress(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop, takesEffect))
		c, _ := serve(t, script)
		var phases []string
		tell := func(p Progress) {
			if (p.CommandID == "") != (p.Phase == Searching || p.Phase == WaitingForNodes) {
				t.Errorf("%+v", p)
			}
			phases = append(phases, fmt.Sprintf("%s %s %d/%d", p.Phase, p.Status, p.Completed, p.Targets))
		}
		sent := send(t, c, request(func(q *SendRequest) { q.Progress = tell }))
		if _, err := c.Results(t.Context(), ResultsQuery{Command: sent.Command, Progress: tell, Timeout: time.Hour}); err != nil {
			t.Fatal(err)
		}
		want := []string{"searching  0/0", "running InProgress 0/1", "running InProgress 0/1", "complete Success 1/1"}
		if diff := cmp.Diff(want, phases); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEverythingIsSent is that each field of a request reaches the service, and comes back as it
// was sent.
func TestEverythingIsSent(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop, takesEffect))
		script.Documents = []fakeaws.Document{{Name: "Deploy", Owner: "210987654321", Versions: []fakeaws.DocumentVersion{{
			Hash: "abc", Parameters: map[string]fakeaws.DocumentParameter{"what": {Type: "StringList"}},
		}}}}
		c, server := serve(t, script)
		q := SendRequest{
			DocumentName: "arn:aws:ssm:us-east-1:210987654321:document/Deploy", DocumentVersion: "1", DocumentHash: "abc", DocumentHashType: "Sha256",
			Targets:    []Target{{Key: "tag:role", Values: []string{"web", "db"}}, {Key: "tag-key", Values: []string{"role"}}},
			Parameters: map[string][]string{"what": {"é", "e\u0301"}}, Comment: "cafe\u0301", TimeoutSeconds: 60,
			MaxConcurrency: "10%", MaxErrors: "100%", OutputS3: OutputS3{BucketName: "outputs", KeyPrefix: "a/b/"},
			CloudWatchOutput: &CloudWatchOutput{}, ServiceRole: "arn:aws:iam::123456789012:role/sns",
			Notification: &Notification{ARN: "arn:aws:sns:us-east-1:123456789012:topic", Type: "Command", Events: []string{"Success", "Failed"}},
			Alarms:       &AlarmConfiguration{Names: []string{"alarm"}, IgnorePollFailure: true}, Timeout: time.Hour,
		}
		sent := send(t, c, q)
		if !sent.Adopted || len(server.Sends()) != 1 {
			t.Fatalf("%+v", sent)
		}
		want := Command{
			CommandID: server.Sends()[0].Command.CommandID, Comment: q.Comment, DocumentName: "Deploy", DocumentVersion: "1",
			Targets: q.Targets, Parameters: q.Parameters, MaxConcurrency: "10%", MaxErrors: "100%",
			OutputS3: OutputS3{"outputs", "a/b/", "us-east-1"}, ServiceRole: q.ServiceRole, TimeoutSeconds: aws.Int32(60),
			Notification: q.Notification, CloudWatchOutput: &CloudWatchOutput{LogGroupName: "/aws/ssm/Deploy"}, Alarms: q.Alarms,
		}
		got := sent.Command
		got.ExpiresAfter, got.RequestedDateTime, got.Status, got.StatusDetails = time.Time{}, time.Time{}, "", ""
		got.TargetCount, got.CompletedCount, got.ErrorCount, got.DeliveryTimedOutCount = nil, nil, nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestEqualSends is two equal commands at a time, whose responses are lost: one goes after the
// other, and each is its own.
func TestEqualSends(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Silent, takesEffectAfter(20), func(f *fakeaws.Fault) { f.Times = 2 })))
		var ids []string
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				sent, err := c.Send(t.Context(), request())
				mu.Lock()
				defer mu.Unlock()
				if ids = append(ids, sent.Command.CommandID); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		slices.Sort(ids)
		if len(slices.Compact(ids)) != 3 || server.Count("SendCommand") != 3 {
			t.Errorf("%q after %d requests", ids, server.Count("SendCommand"))
		}
		executed(t, server, 3)
	})
}

// TestNoTimeToSend is a time that is over before SendCommand is called. The error says why.
func TestNoTimeToSend(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay = 20 })))
		late := request(func(q *SendRequest) { q.Started, q.Timeout = time.Now().Add(-time.Hour), time.Minute })
		if err := notSent[*UnavailableError](t, c, late); !strings.Contains(err.Cause, "no time was left") {
			t.Errorf("cause: %s", err.Cause)
		}
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := c.Send(t.Context(), request()); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		err := notSent[*EqualSendError](t, c, request(func(q *SendRequest) { q.Timeout = 5 * time.Second }))
		if err.Queued != 5*time.Second || err.Waited != 5*time.Second || err.Trouble != nil {
			t.Errorf("%+v", err)
		}
		group.Wait()
		executed(t, server, 1)
	})
}

// TestThrottledThenQueued is a send that the service throttles, and whose time is over while an
// equal send waits for its response. The error has both.
func TestThrottledThenQueued(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(
			fault(fakeaws.Throttle, func(f *fakeaws.Fault) { f.Times = 1 }),
			fault(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay = 25 })))
		var group sync.WaitGroup
		group.Go(func() {
			err := notSent[*EqualSendError](t, c, request(func(q *SendRequest) { q.Timeout = 10 * time.Second }))
			if err.Trouble == nil || err.Trouble.Code != "ThrottlingException" || err.Queued >= err.Waited || err.Waited != 10*time.Second {
				t.Errorf("%+v", err)
			}
		})
		time.Sleep(time.Millisecond) // The other send is throttled.
		if _, err := c.Send(t.Context(), request()); err != nil {
			t.Error(err)
		}
		group.Wait()
		executed(t, server, 1)
	})
}

// TestDifferentSends are not in each other's way.
func TestDifferentSends(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes(fault(fakeaws.Late, func(f *fakeaws.Fault) { f.Delay, f.Times = 10, 2 })))
		var group sync.WaitGroup
		for i := range 2 {
			group.Go(func() {
				if _, err := c.Send(t.Context(), request(func(q *SendRequest) { q.Comment = fmt.Sprint(i) })); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		elapsedBetween(t, epoch, 10*time.Second, 11*time.Second)
		executed(t, server, 2)
	})
}

// TestReplayedResponse is a cache that gives the response to an earlier, equal command.
func TestReplayedResponse(t *testing.T) {
	virtual(t, func(t *testing.T) {
		server, err := fakeaws.New(nodes())
		if err != nil {
			t.Fatal(err)
		}
		c := over(&replaying{aws: server.Transport()})
		first, second := send(t, c, request()), send(t, c, request())
		if first.Command.CommandID == second.Command.CommandID || first.Adopted || !second.Adopted {
			t.Errorf("%+v, %+v", first, second)
		}
		executed(t, server, 2)
	})
}

// replaying passes every request on, and gives the first response to SendCommand for each of them.
type replaying struct {
	aws   http.RoundTripper
	first string
}

func (r *replaying) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.aws.RoundTrip(request)
	if err != nil || request.Header.Get("X-Amz-Target") != "AmazonSSM.SendCommand" {
		return response, err
	}
	if r.first == "" {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, err
		}
		r.first = string(body)
	}
	return reply(request, http.StatusOK, r.first), nil
}

// TestSendOverSockets is a request whose connection breaks, and one that never leaves, with a real
// transport.
func TestSendOverSockets(t *testing.T) {
	script := nodes(fault(fakeaws.Drop, takesEffect), fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.AccessDenied})
	server, err := fakeaws.New(script)
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(url, "http://")
	reset := notSent[*PerhapsSentError](t, over(dialing(address)), request())
	if n := server.Count("SendCommand"); n != 1 || reset.Denied == nil || reset.Complete {
		t.Errorf("%d requests, %+v", n, reset)
	}

	stop()
	unreachable := notSent[*UnavailableError](t, over(dialing(address)), request(func(q *SendRequest) { q.Timeout = 2 * time.Second }))
	if !strings.Contains(unreachable.Error(), "refused") {
		t.Error(unreachable)
	}
}

// dialing sends requests to an address, without TLS.
func dialing(address string) http.RoundTripper {
	return plainHTTP{&http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
}

// plainHTTP sends requests without TLS.
type plainHTTP struct{ next http.RoundTripper }

func (p plainHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.next.RoundTrip(r)
}
