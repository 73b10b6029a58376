// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// results sends a command, and wants its results.
func results(t *testing.T, c *Client, q SendRequest, change ...func(*ResultsQuery)) Results {
	t.Helper()
	r, err := resultsOf(t.Context(), t, c, q, change...)
	if err != nil {
		t.Fatalf("after %s: %T %v", time.Since(epoch), err, err)
	}
	return r
}

func resultsOf(ctx context.Context, t *testing.T, c *Client, q SendRequest, change ...func(*ResultsQuery)) (Results, error) {
	t.Helper()
	sent, err := c.Send(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	rq := ResultsQuery{Command: sent.Command, Output: true, Timeout: time.Hour}
	for _, f := range change {
		f(&rq)
	}
	return c.Results(ctx, rq)
}

// TestResults is a command of several steps on several nodes, of which one fails.
func TestResults(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes()
		script.Documents = []fakeaws.Document{{Name: "Deploy", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{{Name: "fetch"}, {Name: "install"}}}}}}
		script.Rules = []fakeaws.Rule{
			{InstanceID: node, Steps: []fakeaws.StepResult{{Name: "fetch", StandardOutput: "fetched"}, {Name: "install", ExitCode: 3, StandardError: "no space"}}},
			{Steps: []fakeaws.StepResult{{Name: "fetch", Duration: fakeaws.At(120)}, {Name: "install", StandardOutput: "installed"}}},
		}
		c, server := serve(t, script)
		r := results(t, c, request(func(q *SendRequest) {
			q.DocumentName, q.Parameters, q.InstanceIDs = "Deploy", nil, []string{otherNode, node}
		}))
		if r.Command.Status != "Failed" || !r.EntriesRead || !r.OutputRead || r.NoNodesMatched || len(r.Nodes) != 2 || r.Omitted != 0 {
			t.Fatalf("%+v", r)
		}
		var got []string
		for _, n := range r.Nodes {
			for k, o := range n.Outputs {
				i := o.Result.Invocation
				got = append(got, fmt.Sprint(n.InstanceID, " ", n.Steps[k].Name, " ", i.PluginName, " ", i.Status, " ", *i.ResponseCode, " ", *i.StandardOutput.Content, "|", *i.StandardError.Content))
			}
		}
		want := []string{
			node + " fetch fetch Success 0 fetched|",
			node + " install install Failed 3 |no space\nfailed to run commands: exit status 3",
			otherNode + " fetch fetch Success 0 |",
			otherNode + " install install Success 0 installed|",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q", got)
		}
		if n := server.Count("GetCommandInvocation"); n != 5 {
			t.Errorf("%d requests, want one for each step and one for output that may be late", n)
		}
	})
}

// TestLateOutputOfResults is output that arrives half a second after the status. A step that is
// read within a second of that, and has no output, is read once more. The steps of the other nodes
// are not, and nothing is if the command was complete before.
func TestLateOutputOfResults(t *testing.T) {
	virtual(t, func(t *testing.T) {
		var ids []string
		script := fakeaws.Script{Rules: []fakeaws.Rule{
			{InstanceID: nodeID(0), Steps: []fakeaws.StepResult{{StandardOutput: "late", OutputLag: 1.3, Duration: fakeaws.At(1.2)}}},
			{Steps: []fakeaws.StepResult{{Duration: fakeaws.At(1.2)}}},
		}}
		for i := range 25 {
			ids = append(ids, nodeID(i))
			script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(i)})
		}
		c, server := serve(t, script)
		r := results(t, c, request(func(q *SendRequest) { q.InstanceIDs = ids }))
		if got := *r.Nodes[0].Outputs[0].Result.Invocation.StandardOutput.Content; got != "late" {
			t.Errorf("output %q", got)
		}
		if n := server.Count("GetCommandInvocation"); n != 25+outputRequests {
			t.Errorf("%d requests", n)
		}
		server.Reset()
		if _, err := c.Results(t.Context(), ResultsQuery{Command: r.Command, Output: true, Timeout: time.Minute}); err != nil || server.Count("GetCommandInvocation") != 25 {
			t.Errorf("%v after %d requests", err, server.Count("GetCommandInvocation"))
		}
	})
}

// TestEntriesAtTheDeadline is a time limit that is over before the entries are listed, or between
// two reads of entries that were late. They are read once more.
func TestEntriesAtTheDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		listed fakeaws.Seconds
		before time.Duration // The start of the operation, counted from the read of its results.
	}{"over before": {0, time.Hour}, "between two reads": {40, 0}} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes()
				script.Behavior.ListedAfter = &c.listed
				client, _ := serve(t, script)
				sent := send(t, client, request())
				<-time.After(5 * time.Second)
				command, err := client.LookUpCommand(t.Context(), sent.Command.CommandID, time.Minute)
				if err != nil {
					t.Fatal(err)
				}
				r, err := client.Results(t.Context(), ResultsQuery{Command: *command, Started: time.Now().Add(-c.before), Timeout: 50 * time.Second})
				if err != nil || !r.EntriesRead || len(r.Nodes) != 1 {
					t.Errorf("%v %+v", err, r)
				}
			})
		})
	}
}

// TestResultsWithoutOutput reads the list alone.
func TestResultsWithoutOutput(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes())
		r := results(t, c, request(), func(q *ResultsQuery) { q.Output = false })
		if !r.EntriesRead || !r.OutputRead || len(r.Nodes) != 1 || r.Nodes[0].Outputs != nil || server.Count("GetCommandInvocation") > 0 {
			t.Errorf("%+v", r)
		}
	})
}

// TestResultsOfCompleteCommand is a command that was complete when it was returned last: it is not
// requested again.
func TestResultsOfCompleteCommand(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, server := serve(t, nodes())
		r := results(t, c, request())
		server.Reset()
		again, err := c.Results(t.Context(), ResultsQuery{Command: r.Command, Timeout: time.Minute})
		if err != nil || len(again.Nodes) != 1 || server.Count("ListCommands") > 0 {
			t.Errorf("%v, %+v after %d requests", err, again, server.Count("ListCommands"))
		}
	})
}

// crowd counts how many requests for output are under way at a time.
type crowd struct {
	aws       http.RoundTripper
	mu        sync.Mutex
	now, most int
}

func (c *crowd) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") != "AmazonSSM.GetCommandInvocation" {
		return c.aws.RoundTrip(r)
	}
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	<-time.After(100 * time.Millisecond)
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	return c.aws.RoundTrip(r)
}

// TestOutputOfManyNodes is read ten steps at a time, and kept up to a limit in order.
func TestOutputOfManyNodes(t *testing.T) {
	const each = 1000
	var ids []string
	script := fakeaws.Script{Rules: []fakeaws.Rule{{Steps: []fakeaws.StepResult{{StandardOutput: strings.Repeat("x", each)}}}}}
	for i := range 50 {
		ids = append(ids, nodeID(i))
		script.Nodes = append(script.Nodes, fakeaws.Node{InstanceID: nodeID(i)})
	}
	for name, c := range map[string]struct {
		limit int64
		kept  int
	}{"all": {0, 50}, "exactly all": {50 * each, 50}, "a part": {20*each + 1, 20}, "none": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				server, err := fakeaws.New(script)
				if err != nil {
					t.Fatal(err)
				}
				crowd := &crowd{aws: server.Transport()}
				begun := time.Now()
				r := results(t, over(crowd), request(func(q *SendRequest) { q.InstanceIDs = ids }), func(q *ResultsQuery) { q.MaxOutput = c.limit })
				// Each request takes 100 ms, and the script a second.
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("50 nodes took %s", took)
				}
				if crowd.most != outputRequests || len(r.Nodes) != 50 || r.Omitted != 50-c.kept || !r.OutputRead {
					t.Errorf("%d at a time, %d nodes, %d omitted", crowd.most, len(r.Nodes), r.Omitted)
				}
				for i, n := range r.Nodes {
					o := n.Outputs[0]
					has := o.Result != nil && o.Result.Invocation.StandardOutput.Content != nil
					if has != (i < c.kept) || o.Omitted != (i >= c.kept) || n.Steps[0].ResponseCode == nil {
						t.Errorf("node %d: %t, %+v", i, has, o.Omitted)
					}
				}
				if n := server.Count("GetCommandInvocation"); n > c.kept+2*outputRequests {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestOutputNotRead is an output that cannot be read: the rest of the results is there.
func TestOutputNotRead(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, _ := serve(t, nodes(fakeaws.Fault{Operation: "GetCommandInvocation", InstanceID: node, Kind: fakeaws.AccessDenied, Times: -1}))
		r, err := resultsOf(t.Context(), t, c, request(func(q *SendRequest) { q.InstanceIDs = []string{node, otherNode} }))
		var notRead *OutputNotReadError
		var denied *AccessDeniedError
		if !errors.As(err, &notRead) || !errors.As(err, &denied) || notRead.InstanceID != node || notRead.Step != shell {
			t.Fatalf("%T %v", err, err)
		}
		if !r.EntriesRead || r.OutputRead || len(r.Nodes) != 2 || r.Command.Status != "Success" {
			t.Errorf("%+v", r)
		}
	})
}

// panickingAPI panics when output is read.
type panickingTransport struct{ aws http.RoundTripper }

func (p panickingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") == "AmazonSSM.GetCommandInvocation" {
		panic(secretValue)
	}
	return p.aws.RoundTrip(r)
}

// TestPanicWhileReading is a panic on a goroutine that no caller could recover.
func TestPanicWhileReading(t *testing.T) {
	virtual(t, func(t *testing.T) {
		server, err := fakeaws.New(nodes())
		if err != nil {
			t.Fatal(err)
		}
		r, err := resultsOf(t.Context(), t, over(panickingTransport{server.Transport()}), request())
		var panicked *PanicError
		if !errors.As(err, &panicked) || strings.Contains(err.Error(), secretValue) || !r.EntriesRead || r.Command.Status != "Success" {
			t.Errorf("%T %v, %+v", err, err, r)
		}
	})
}

// TestResultsInterrupted is an interrupt in each phase: the command is returned.
func TestResultsInterrupted(t *testing.T) {
	slow := fakeaws.Fault{Operation: "GetCommandInvocation", Kind: fakeaws.Late, Delay: 20, Times: -1}
	for name, c := range map[string]struct {
		script  fakeaws.Script
		at      time.Duration
		entries bool
	}{
		"running":        {hourLong(nodes()), 5 * time.Minute, false},
		"reading output": {nodes(slow), 10 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, c.script)
				ctx, cancel := context.WithTimeout(t.Context(), c.at)
				defer cancel()
				r, err := resultsOf(ctx, t, client, request())
				var interrupted *InterruptedError
				if !errors.As(err, &interrupted) || r.Command.CommandID != server.Sends()[0].Command.CommandID || r.EntriesRead != c.entries || r.OutputRead {
					t.Errorf("%T %v, %+v", err, err, r)
				}
				elapsedBetween(t, epoch, c.at, c.at+time.Second)
			})
		})
	}
}

// TestResultsStillRunning is a command that is not complete in time.
func TestResultsStillRunning(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c, _ := serve(t, hourLong(nodes()))
		r, err := resultsOf(t.Context(), t, c, request(), func(q *ResultsQuery) { q.Timeout = 5 * time.Minute })
		var running *StillRunningError
		if !errors.As(err, &running) || running.ExpiresAfter.IsZero() || r.Command.Status != "InProgress" {
			t.Errorf("%T %v, %+v", err, err, r)
		}
	})
}

// TestNoNodesMatched is a command whose targets match no node, and one whose targets match one.
func TestNoNodesMatched(t *testing.T) {
	for _, value := range []string{"web", "nothing"} {
		t.Run(value, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c, server := serve(t, nodes())
				r := results(t, c, request(func(q *SendRequest) { q.InstanceIDs, q.Targets = nil, []Target{{"tag:role", []string{value}}} }))
				matched := value == "web"
				if r.NoNodesMatched == matched || (len(r.Nodes) == 1) != matched || aws.ToInt32(r.Command.TargetCount) != int32(len(r.Nodes)) {
					t.Errorf("%+v", r)
				}
				executed(t, server, len(r.Nodes))
			})
		})
	}
}
