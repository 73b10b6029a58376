// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// runOf is a run of the command of [request].
func runOf(change ...func(*RunRequest)) RunRequest {
	q := RunRequest{Send: request(), Output: true, RequireNodes: true}
	q.Send.Timeout = 0
	for _, f := range change {
		f(&q)
	}
	return q
}

// toWeb sends a command to a tag.
func toWeb(q *RunRequest) {
	q.Send.InstanceIDs, q.Send.Targets = nil, []Target{{Key: "tag:role", Values: []string{"web"}}}
}

// toGroup sends a command to a resource group, whose nodes cannot be counted.
func toGroup(q *RunRequest) {
	q.Send.InstanceIDs, q.Send.Targets = nil, []Target{{Key: "resource-groups:Name", Values: []string{"web"}}}
}

func atMost(n int) func(*RunRequest) { return func(q *RunRequest) { q.MaxTargets = n } }

// run runs a command and fails the test on an error.
func run(t *testing.T, c *Client, q RunRequest) RunResult {
	t.Helper()
	r, err := c.Run(t.Context(), q)
	if err != nil {
		t.Fatalf("after %s: %T %v", time.Since(epoch), err, err)
	}
	return r
}

// failedRun runs a command and wants an error of type E.
func failedRun[E error](ctx context.Context, t *testing.T, c *Client, q RunRequest) (RunResult, E) {
	t.Helper()
	r, err := c.Run(ctx, q)
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("after %s: error %T (%v) with %+v, want %T", time.Since(epoch), err, err, r, want)
	}
	return r, want
}

// newest wants the result to have the command that the fake accepted last.
func newest(t *testing.T, server *fakeaws.Server, r RunResult) {
	t.Helper()
	sends := server.Sends()
	if len(sends) != r.Sends || len(sends) > 0 && r.Command.CommandID != sends[len(sends)-1].Command.CommandID || len(sends) == 0 && r.Command.CommandID != "" {
		t.Errorf("%d commands, of which the result has %q and counts %d", len(sends), r.Command.CommandID, r.Sends)
	}
}

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*RunRequest)
		faults  []fakeaws.Fault
		adopted bool
		status  string
		want    []string
	}{
		"waited for": {nil, nil, false, "Success", []string{"running Pending 0/1", "running InProgress 0/1", "complete Success 1/1"}},
		"lost":       {nil, []fakeaws.Fault{fault(fakeaws.Drop, takesEffect)}, true, "Success", []string{"searching  0/0", "running InProgress 0/1", "complete Success 1/1"}},
		"to a tag":   {toWeb, nil, false, "Success", []string{"running Pending 0/0", "running InProgress 0/1", "complete Success 1/1"}},
		"not waited": {func(q *RunRequest) { q.NoWait = true }, nil, false, "Pending", []string{"running Pending 0/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, nodes(c.faults...))
				var told []string
				q := runOf(func(q *RunRequest) {
					q.Send.Progress = func(p Progress) {
						told = append(told, fmt.Sprintf("%s %s %d/%d", p.Phase, p.Status, p.Completed, p.Targets))
						if p.Waited != time.Since(epoch) {
							t.Errorf("%+v after %s", p, time.Since(epoch))
						}
					}
				})
				if c.change != nil {
					c.change(&q)
				}
				r := run(t, client, q)
				if r.Command.Status != c.status || r.Adopted != c.adopted || r.OutputRead == q.NoWait || (len(r.Nodes) == 1) == q.NoWait {
					t.Errorf("%+v", r)
				}
				if !q.NoWait && r.Nodes[0].Outputs[0].Result == nil {
					t.Errorf("%+v", r.Nodes)
				}
				if diff := cmp.Diff(c.want, told); diff != "" {
					t.Error(diff)
				}
				newest(t, server, r)
				executed(t, server, 1)
			})
		})
	}
}

// TestRunTimeLimit is the time limit that applies: the default one follows the command's own.
func TestRunTimeLimit(t *testing.T) {
	throttled := fault(fakeaws.Throttle, forever)
	unlisted := fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.Throttle, Times: -1}
	minutes := func(n int) func(*RunRequest) {
		return func(q *RunRequest) { q.Send.NodesReady = time.Duration(n) * time.Minute }
	}
	delivery := func(d int32) func(*RunRequest) { return func(q *RunRequest) { q.Send.TimeoutSeconds = d } }
	explicit := func(q *RunRequest) { q.Send.Timeout = 10 * time.Minute }
	early := func(q *RunRequest) { q.Send.Started = epoch.Add(-30 * time.Second) }
	for name, c := range map[string]struct {
		change func(*RunRequest)
		fault  fakeaws.Fault
		skew   fakeaws.Seconds
		limit  time.Duration
		sent   bool
	}{
		"not sent":                     {minutes(5), throttled, 0, 5 * time.Minute, false},
		"not sent, and no time for it": {minutes(0), throttled, 0, time.Minute, false},
		"not sent, a limit":            {explicit, throttled, 0, 10 * time.Minute, false},
		"not sent, begun earlier":      {early, throttled, 0, 5 * time.Minute, false},
		"sent":                         {nil, unlisted, 0, (3600 + 3600 + 120) * time.Second, true},
		"sent, the clock is ahead":     {nil, unlisted, 200, (3600 + 3600 + 120) * time.Second, true},
		"sent, another limit":          {delivery(60), unlisted, 0, (60 + 3600 + 120) * time.Second, true},
		"sent, a long limit":           {delivery(86400), unlisted, 0, 6 * time.Hour, true},
		"sent, a limit":                {explicit, unlisted, 0, 10 * time.Minute, true},
		"sent, begun earlier":          {early, unlisted, 0, (30 + 3600 + 3600 + 120) * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(c.fault)
				script.ClockSkew = c.skew
				client, server := serve(t, script)
				q := runOf()
				if c.change != nil {
					c.change(&q)
				}
				start := epoch
				if !q.Send.Started.IsZero() {
					start = q.Send.Started
				}
				r, err := client.Run(t.Context(), q)
				var running *StillRunningError
				var unavailable *UnavailableError
				if errors.As(err, &running) != c.sent || errors.As(err, &unavailable) == c.sent {
					t.Errorf("%T %v", err, err)
				}
				if apart := (r.Timeout - c.limit).Abs(); apart > time.Second {
					t.Errorf("the limit is %s, want %s", r.Timeout, c.limit)
				}
				elapsedBetween(t, start, c.limit-time.Second, c.limit+time.Second)
				newest(t, server, r)
			})
		})
	}
}

// TestTooManyNodes is more nodes than the targets may match, before the command is sent and after.
func TestTooManyNodes(t *testing.T) {
	web := func() fakeaws.Script {
		script := hourLong(nodes())
		script.Nodes[1].Tags = script.Nodes[0].Tags
		return script
	}
	// The second node registers after the nodes were counted, and before the targets are resolved.
	growing := func(faults ...fakeaws.Fault) fakeaws.Script {
		script := web()
		script.Nodes[1].RegisteredAt, script.Faults = fakeaws.At(1), faults
		return script
	}
	quick := growing()
	quick.Rules = []fakeaws.Rule{{Steps: []fakeaws.StepResult{{Duration: fakeaws.At(0)}}}}
	cancelFault := func(kind fakeaws.FaultKind) fakeaws.Fault {
		return fakeaws.Fault{Operation: "CancelCommand", Kind: kind, Times: -1}
	}
	for name, c := range map[string]struct {
		script    fakeaws.Script
		change    func(*RunRequest)
		sent      bool
		outcome   CancelOutcome
		cancelled bool // Whether the service accepted the cancellation.
		status    string
	}{
		"counted before":      {web(), toWeb, false, "", false, ""},
		"named":               {web(), func(q *RunRequest) { q.Send.InstanceIDs = []string{node, otherNode} }, false, "", false, ""},
		"after":               {growing(), toWeb, true, CancelRequested, true, "Cancelled"},
		"after, and complete": {quick, toWeb, true, CancelNotNeeded, false, "Success"},
		"cancel is denied":    {growing(cancelFault(fakeaws.AccessDenied)), toWeb, true, "", false, "Success"},
		"cancel is silent":    {growing(cancelFault(fakeaws.Silent)), toWeb, true, "", false, "Success"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, c.script)
				q := runOf(atMost(1))
				c.change(&q)
				r, err := failedRun[*TooManyNodesError](t.Context(), t, client, q)
				took := time.Since(epoch)
				if err.Maximum != 1 || err.Matching != 2 || (err.CommandID != "") != c.sent || err.CommandID != r.Command.CommandID {
					t.Errorf("%+v", err)
				}
				if err.Cancel.Requested != c.cancelled || err.Cancel.Outcome != c.outcome {
					t.Errorf("%+v", err.Cancel)
				}
				if strings.HasPrefix(name, "cancel is") != (err.CancelErr != nil) || took > 8*time.Second+tooManyLimit {
					t.Errorf("%v after %s", err.CancelErr, took)
				}
				newest(t, server, r)
				<-time.After(3 * time.Hour)
				if !c.sent {
					return
				}
				found, failed := client.LookUpCommand(t.Context(), r.Command.CommandID, time.Minute)
				if failed != nil || found.Status != c.status {
					t.Errorf("%v, %+v", failed, found)
				}
			})
		})
	}
}

// TestEnoughNodes is as many nodes as the targets may match.
func TestEnoughNodes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		client, server := serve(t, nodes())
		if r := run(t, client, runOf(toWeb, atMost(1))); len(r.Nodes) != 1 || server.Count("CancelCommand") > 0 {
			t.Errorf("%+v", r)
		}
	})
}

// TestUncountableTargets is a maximum for targets that cannot be counted, and a count that is
// denied: nothing is sent.
func TestUncountableTargets(t *testing.T) {
	virtual(t, func(t *testing.T) {
		client, server := serve(t, nodes())
		_, err := failedRun[*UncountableTargetsError](t.Context(), t, client, runOf(toGroup, atMost(9)))
		if !strings.Contains(err.Error(), "resource-groups:Name") || server.Count("") > 0 {
			t.Errorf("%v after %d requests", err, server.Count(""))
		}
	})
	virtual(t, func(t *testing.T) {
		client, server := serve(t, nodes(fakeaws.Fault{Operation: "DescribeInstanceInformation", Kind: fakeaws.AccessDenied}))
		failedRun[*AccessDeniedError](t.Context(), t, client, runOf(toWeb, atMost(9)))
		if server.Count("SendCommand") > 0 {
			t.Error("it was sent")
		}
	})
}

// TestNodesThatMatchLater is a command whose targets match no node at first.
func TestNodesThatMatchLater(t *testing.T) {
	denied := fakeaws.Fault{Operation: "DescribeInstanceInformation", Kind: fakeaws.AccessDenied, Times: -1}
	throttled := fakeaws.Fault{Operation: "DescribeInstanceInformation", Kind: fakeaws.Throttle, Times: 4}
	ready := func(d time.Duration) func(*RunRequest) { return func(q *RunRequest) { q.Send.NodesReady = d } }
	optional := func(q *RunRequest) { q.RequireNodes = false }
	limited := func(q *RunRequest) { q.Send.Timeout = time.Minute }
	for name, c := range map[string]struct {
		registered fakeaws.Seconds
		faults     []fakeaws.Fault
		change     []func(*RunRequest)
		sends      int
		ran        bool
		counted    bool
		least      time.Duration // When it ends at the earliest.
	}{
		"in time":                     {100, nil, []func(*RunRequest){toWeb}, 2, true, false, 100 * time.Second},
		"in time, through trouble":    {100, []fakeaws.Fault{throttled}, []func(*RunRequest){toWeb}, 2, true, false, 100 * time.Second},
		"too late":                    {400, nil, []func(*RunRequest){toWeb}, 1, false, true, 5*time.Minute + 3*time.Second},
		"not required":                {400, nil, []func(*RunRequest){toWeb, optional}, 1, false, false, 3 * time.Second},
		"no time":                     {400, nil, []func(*RunRequest){toWeb, ready(0)}, 1, false, true, 3 * time.Second},
		"the run's time":              {400, nil, []func(*RunRequest){toWeb, limited}, 1, false, true, time.Minute},
		"uncountable":                 {100, nil, []func(*RunRequest){toGroup}, 3, true, false, 2 * time.Minute},
		"uncountable, too late":       {4000, nil, []func(*RunRequest){toGroup}, 6, false, false, 5 * time.Minute},
		"uncountable, under a minute": {4000, nil, []func(*RunRequest){toGroup, ready(time.Minute / 2)}, 1, false, false, 3 * time.Second},
		"denied":                      {100, []fakeaws.Fault{denied}, []func(*RunRequest){toWeb}, 3, true, false, 2 * time.Minute},
		"denied, under a minute":      {4000, []fakeaws.Fault{denied}, []func(*RunRequest){toWeb, ready(45 * time.Second)}, 1, false, false, 5 * time.Second},
		"denied, too late":            {4000, []fakeaws.Fault{denied}, []func(*RunRequest){toWeb}, 6, false, false, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes(c.faults...)
				script.Nodes[0].RegisteredAt, script.Nodes[0].ResourceGroups = fakeaws.At(c.registered), []string{"web"}
				client, server := serve(t, script)
				var phases []Phase
				q := runOf(append(c.change, func(q *RunRequest) {
					q.Send.Progress = func(p Progress) { phases = append(phases, p.Phase) }
				})...)
				r, err := client.Run(t.Context(), q)
				elapsedBetween(t, epoch, c.least, c.least+25*time.Second) // Two pauses, and three seconds until a command is complete.
				var none *NoNodesMatchedError
				if errors.As(err, &none) == (c.ran || !q.RequireNodes) || (err == nil) != (c.ran || !q.RequireNodes) {
					t.Fatalf("%T %v", err, err)
				}
				denied := strings.HasPrefix(name, "denied")
				if none != nil && (none.Counted != c.counted || none.Sends != c.sends || none.CommandID != r.Command.CommandID || (none.Unknown != nil) != denied) {
					t.Errorf("%+v", none)
				}
				if r.Sends != c.sends || r.NoNodesMatched == c.ran || !r.EntriesRead || !r.Command.Complete() {
					t.Errorf("%+v", r)
				}
				if q.RequireNodes && phases[2] != WaitingForNodes {
					t.Errorf("%q", phases)
				}
				newest(t, server, r)
				oneAfterAnother(t, server)
				executed(t, server, map[bool]int{false: 0, true: 1}[c.ran])
			})
		})
	}
}

// oneAfterAnother wants each command to be complete before the next was sent: the fake completes a
// command that matched no node after 3 seconds.
func oneAfterAnother(t *testing.T, server *fakeaws.Server) {
	t.Helper()
	var last time.Time
	for _, sent := range server.Sends() {
		if !last.IsZero() && sent.At.Sub(last) < 3*time.Second {
			t.Errorf("two commands within %s", sent.At.Sub(last))
		}
		last = sent.At
	}
}

// matching is a DescribeInstanceInformation that shows a node whatever the service matches.
type matching struct{ aws http.RoundTripper }

func (m matching) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("X-Amz-Target") != "AmazonSSM.DescribeInstanceInformation" {
		return m.aws.RoundTrip(r)
	}
	return reply(r, http.StatusOK, `{"InstanceInformationList":[{"InstanceId":"`+node+`","PingStatus":"Online"}]}`), nil
}

// rewriting changes the responses of ListCommands.
type rewriting struct {
	aws     http.RoundTripper
	rewrite func(string) string
}

func (w rewriting) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.aws.RoundTrip(r)
	if err != nil || r.Header.Get("X-Amz-Target") != "AmazonSSM.ListCommands" {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	text := w.rewrite(string(body))
	response.Body, response.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return response, err
}

// TestEndedBeforeItReachedANode is a command that is complete before its targets are resolved,
// because another caller canceled it, or the service does not allow it. It reached no node, and is
// not sent again.
func TestEndedBeforeItReachedANode(t *testing.T) {
	for _, status := range []string{"Cancelled", "Failed", "TimedOut"} {
		t.Run(status, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes()
				script.Nodes[0].RegisteredAt = fakeaws.At(40)
				_, server := serve(t, script)
				ended := strings.NewReplacer(`"Status":"Success"`, fmt.Sprintf(`"Status":%q`, status), "NoInstancesInTag", status)
				r := run(t, over(rewriting{server.Transport(), ended.Replace}), runOf(toWeb))
				newest(t, server, r)
				if r.Sends != 1 || r.Command.Status != status || !r.NoNodesMatched {
					t.Errorf("%d sends, %+v", r.Sends, r.Results)
				}
				executed(t, server, 0)
			})
		})
	}
}

// TestCountThatLags is a command with the status and details Success, and a count of targets that
// is still 0, with entries that are late. A command that matched no node has other details
// (recorded: NoInstancesInTag), so that this one is not sent again.
func TestCountThatLags(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes()
		script.Behavior.ListedAfter = fakeaws.At(60)
		_, server := serve(t, script)
		counts := regexp.MustCompile(`"(Target|Completed)Count":[0-9]+,`)
		lagging := func(body string) string { return counts.ReplaceAllString(body, `"${1}Count":0,`) }
		r, err := over(rewriting{server.Transport(), lagging}).Run(t.Context(), runOf(toWeb))
		if r.Sends != 1 || r.Succeeded() {
			t.Errorf("%v, %d sends, %+v", err, r.Sends, r.Results)
		}
		executed(t, server, 1)
	})
}

// TestRunWithoutCounts is a command without counts, and with entries that are late. Whether it
// matched a node is not known, so that it is not sent again.
func TestRunWithoutCounts(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes()
		script.Behavior.ListedAfter = fakeaws.At(60)
		_, server := serve(t, script)
		counts := regexp.MustCompile(`"(Target|Completed)Count":[0-9]+,`)
		countless := func(body string) string { return counts.ReplaceAllString(body, "") }
		r, err := over(rewriting{server.Transport(), countless}).Run(t.Context(), runOf(toWeb))
		if r.Sends != 1 || r.NoNodesMatched || r.Succeeded() {
			t.Errorf("%v, %d sends, %+v", err, r.Sends, r.Results)
		}
		executed(t, server, 1)
	})
}

// TestOperationsThatDisagree is a node that matches in one operation and not in the other: the
// commands are further and further apart.
func TestOperationsThatDisagree(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes()
		script.Nodes[0].Tags = nil
		server, err := fakeaws.New(script)
		if err != nil {
			t.Fatal(err)
		}
		r, none := failedRun[*NoNodesMatchedError](t.Context(), t, over(matching{server.Transport()}), runOf(toWeb))
		if none.Counted || r.Sends != 8 {
			t.Errorf("%+v", none)
		}
		newest(t, server, r)
		executed(t, server, 0)
	})
}

// TestLaterCommandPerhapsSent is a command that matched no node, after which another one was
// perhaps sent: the first one is not lost.
func TestLaterCommandPerhapsSent(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := nodes(fault(fakeaws.Drop, func(f *fakeaws.Fault) { f.Skip = 1 }))
		script.Nodes[0].RegisteredAt = fakeaws.At(60)
		client, server := serve(t, script)
		r, _ := failedRun[*PerhapsSentError](t.Context(), t, client, runOf(toWeb))
		if !r.NoNodesMatched {
			t.Errorf("%+v", r)
		}
		newest(t, server, r)
	})
}

// TestRunInterrupted is an interrupt in each phase of a run.
func TestRunInterrupted(t *testing.T) {
	silent := func(operation string) fakeaws.Fault {
		return fakeaws.Fault{Operation: operation, Kind: fakeaws.Silent, Times: -1}
	}
	unmatched := nodes()
	unmatched.Nodes[0].Tags = nil
	for name, c := range map[string]struct {
		script fakeaws.Script
		change []func(*RunRequest)
		sends  int
	}{
		"counting":                     {nodes(silent("DescribeInstanceInformation")), []func(*RunRequest){toWeb, atMost(1)}, 0},
		"sending":                      {nodes(fault(fakeaws.Throttle, forever)), nil, 0},
		"waiting":                      {hourLong(nodes()), nil, 1},
		"waiting for a response":       {nodes(silent("ListCommands")), nil, 1},
		"reading entries":              {nodes(silent("ListCommandInvocations")), nil, 1},
		"reading output":               {nodes(silent("GetCommandInvocation")), nil, 1},
		"waiting for nodes":            {unmatched, []func(*RunRequest){toWeb}, 1},
		"waiting for nodes, uncounted": {unmatched, []func(*RunRequest){toGroup}, 1},
		"counting nodes":               {withFaults(unmatched, silent("DescribeInstanceInformation")), []func(*RunRequest){toWeb}, 1},
	} {
		for _, how := range []string{"context", "interrupt"} {
			t.Run(name+", by the "+how, func(t *testing.T) {
				virtual(t, func(t *testing.T) {
					const at = 20 * time.Second
					ctx, cancel := context.WithTimeout(t.Context(), at)
					defer cancel()
					given := t.Context()
					if how == "context" {
						given = ctx
					}
					client, server := serve(t, c.script, func(o *Options) {
						if how == "interrupt" {
							o.Interrupt = ctx
						}
					})
					r, _ := failedRun[*InterruptedError](given, t, client, runOf(c.change...))
					elapsedBetween(t, epoch, at, at+time.Second)
					if r.Sends != c.sends {
						t.Errorf("%+v", r)
					}
					newest(t, server, r)
				})
			})
		}
	}
}

// TestTooManyNodesDespiteInterrupt is an interrupt that comes while a command for too many nodes is
// cancelled: it is cancelled all the same.
func TestTooManyNodesDespiteInterrupt(t *testing.T) {
	virtual(t, func(t *testing.T) {
		script := hourLong(nodes(fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.Late, Delay: 4}))
		script.Nodes[1].Tags, script.Nodes[1].RegisteredAt = script.Nodes[0].Tags, fakeaws.At(1)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		client, _ := serve(t, script, func(o *Options) { o.Interrupt = ctx })
		_, err := failedRun[*TooManyNodesError](ctx, t, client, runOf(toWeb, atMost(1)))
		if !err.Cancel.Requested || err.CancelErr != nil || ctx.Err() == nil {
			t.Errorf("%+v, interrupted: %v", err, ctx.Err())
		}
	})
}

// TestRunPanics is a panic in each phase: the command is not lost.
func TestRunPanics(t *testing.T) {
	for _, phase := range []Phase{Running, Complete, WaitingForNodes} {
		t.Run(string(phase), func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes()
				change := func(*RunRequest) {}
				if phase == WaitingForNodes {
					script.Nodes[0].Tags, change = nil, toWeb
				}
				client, server := serve(t, script)
				r, err := failedRun[*PanicError](t.Context(), t, client, runOf(change, func(q *RunRequest) {
					q.Send.Progress = func(p Progress) {
						if p.Phase == phase {
							panic(secretValue)
						}
					}
				}))
				if strings.Contains(err.Error(), secretValue) || r.Sends != 1 {
					t.Errorf("%v, %+v", err, r)
				}
				newest(t, server, r)
			})
		})
	}
}
