// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// hourLong makes each step take an hour.
func hourLong(s fakeaws.Script) fakeaws.Script {
	s.Rules = []fakeaws.Rule{{Steps: []fakeaws.StepResult{{Duration: fakeaws.At(3600)}}}}
	return s
}

// cancel is a request to cancel a command that was sent.
func cancel(c Command, change ...func(*CancelRequest)) CancelRequest {
	q := CancelRequest{
		CommandID: c.CommandID, Wait: true, Visibility: 30 * time.Second, Timeout: 5 * time.Minute,
		Expect: &Expectation{DocumentName: c.DocumentName, Comment: c.Comment, RequestedDateTime: c.RequestedDateTime.Truncate(time.Second)},
	}
	for _, f := range change {
		f(&q)
	}
	return q
}

// TestCancel is a command in each state in which it can be cancelled.
func TestCancel(t *testing.T) {
	both := func(q *SendRequest) { q.InstanceIDs = []string{node, otherNode} }
	noWait := func(q *CancelRequest) { q.Wait = false }
	onNode := func(q *CancelRequest) { q.InstanceIDs = []string{node} }
	unchecked := func(q *CancelRequest) { q.Unchecked, q.Expect = true, nil }
	for name, c := range map[string]struct {
		script  fakeaws.Script
		after   time.Duration // From sending to cancelling.
		change  []func(*CancelRequest)
		want    CancelOutcome
		status  string
		cancels int
		within  time.Duration
	}{
		"running":             {hourLong(nodes()), time.Minute, nil, CancelComplete, "Cancelled", 1, 5 * time.Second},
		"not waited for":      {hourLong(nodes()), time.Minute, []func(*CancelRequest){noWait}, CancelRequested, "InProgress", 1, time.Second},
		"on one node":         {hourLong(nodes()), time.Minute, []func(*CancelRequest){onNode}, CancelComplete, "InProgress", 1, 6 * time.Second},
		"complete":            {nodes(), time.Minute, nil, CancelNotNeeded, "Success", 0, time.Second},
		"just sent, unlisted": {listedLate(hourLong(nodes()), 20), 0, nil, CancelComplete, "Cancelled", 1, 35 * time.Second},
		"unchecked":           {hourLong(nodes()), time.Minute, []func(*CancelRequest){unchecked}, CancelComplete, "Cancelled", 1, 5 * time.Second},
		"unchecked, unlisted": {listedLate(hourLong(nodes()), 20), 0, []func(*CancelRequest){unchecked, noWait}, CancelRequested, "", 13, 25 * time.Second},
		"throttled":           {withFaults(hourLong(nodes()), fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.Throttle, Times: 5}), time.Minute, nil, CancelComplete, "Cancelled", 6, time.Minute},
		"lost, accepted":      {withFaults(hourLong(nodes()), fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.Drop, Accepted: true}), time.Minute, nil, CancelComplete, "Cancelled", 2, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, c.script)
				sent := send(t, client, request(both))
				<-time.After(c.after)
				start := time.Now()
				result, err := client.Cancel(t.Context(), cancel(sent.Command, c.change...))
				if err != nil {
					t.Fatal(err)
				}
				if result.Outcome != c.want || result.Command.Status != c.status || result.Requested != (c.cancels > 0) {
					t.Errorf("%+v", result)
				}
				if n := server.Count("CancelCommand"); n != c.cancels && name != "unchecked, unlisted" || name == "unchecked, unlisted" && n < 2 {
					t.Errorf("%d requests", n)
				}
				elapsedBetween(t, start, 0, c.within)
			})
		})
	}
}

func listedLate(s fakeaws.Script, after fakeaws.Seconds) fakeaws.Script {
	s.Behavior.CommandListedAfter = after
	return s
}

func withFaults(s fakeaws.Script, faults ...fakeaws.Fault) fakeaws.Script {
	s.Faults = faults
	return s
}

// TestCancelUnknown is a command that the service has no record of.
func TestCancelUnknown(t *testing.T) {
	for name, change := range map[string]func(*CancelRequest){
		"checked":   func(*CancelRequest) {},
		"unchecked": func(q *CancelRequest) { q.Unchecked, q.Expect = true, nil },
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				c, server := serve(t, nodes())
				result, err := c.Cancel(t.Context(), cancel(Command{CommandID: command}, change))
				if err != nil || result.Outcome != CancelUnknown || result.Requested || name == "checked" && server.Count("CancelCommand") > 0 {
					t.Errorf("%v, %+v", err, result)
				}
				elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
			})
		})
	}
	t.Run("not long enough", func(t *testing.T) {
		virtual(t, func(t *testing.T) {
			c, _ := serve(t, nodes())
			result, err := c.Cancel(t.Context(), cancel(Command{CommandID: command}, func(q *CancelRequest) { q.Timeout = 10 * time.Second }))
			var notFound *NotFoundError
			if !errors.As(err, &notFound) || result.Outcome != "" {
				t.Errorf("%v, %+v", err, result)
			}
		})
	})
}

// TestCancelOfCompleteCommand is each response that CancelCommand may give about a command that is
// complete: there is nothing left to cancel.
func TestCancelOfCompleteCommand(t *testing.T) {
	for _, code := range []string{"", "InvalidCommandId", "InvalidInstanceId"} {
		t.Run(code, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				script := nodes()
				if code != "" {
					script.Faults = []fakeaws.Fault{{Operation: "CancelCommand", Kind: fakeaws.ServiceError, Code: code, Times: -1}}
				}
				c, server := serve(t, script)
				sent := send(t, c, request())
				<-time.After(time.Minute)
				result, err := c.Cancel(t.Context(), cancel(sent.Command, func(q *CancelRequest) { q.Unchecked, q.Expect = true, nil }))
				if err != nil || result.Requested != (code == "") || (result.Outcome == CancelComplete) != (code == "") {
					t.Errorf("%v, %+v", err, result)
				}
				found, err := c.LookUpCommand(t.Context(), sent.Command.CommandID, time.Minute)
				if err != nil || found.Status != "Success" {
					t.Errorf("%v, %+v", err, found)
				}
				executed(t, server, 1)
			})
		})
	}
}

// TestCancelOfAnotherCommand is an ID that leads to a command which is not the expected one: no
// request to cancel is made.
func TestCancelOfAnotherCommand(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*Expectation)
		members []string
	}{
		"document":       {func(e *Expectation) { e.DocumentName = "AWS-RunPowerShellScript" }, []string{"DocumentName"}},
		"comment":        {func(e *Expectation) { e.Comment = "terraform 00000000" }, []string{"Comment"}},
		"no comment":     {func(e *Expectation) { e.Comment = "" }, []string{"Comment"}},
		"time":           {func(e *Expectation) { e.RequestedDateTime = e.RequestedDateTime.Add(-time.Second) }, []string{"RequestedDateTime"}},
		"later":          {func(e *Expectation) { e.RequestedDateTime = e.RequestedDateTime.Add(2 * time.Second) }, []string{"RequestedDateTime"}},
		"no time":        {func(e *Expectation) { e.RequestedDateTime = time.Time{} }, []string{"RequestedDateTime"}},
		"everything":     {func(e *Expectation) { *e = Expectation{} }, []string{"DocumentName", "Comment", "RequestedDateTime"}},
		"nothing":        {func(*Expectation) {}, nil},
		"document's ARN": {func(e *Expectation) { e.DocumentName = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, hourLong(nodes()))
				<-time.After(300 * time.Millisecond)
				sent := send(t, client, request())
				result, err := client.Cancel(t.Context(), cancel(sent.Command, func(q *CancelRequest) { c.change(q.Expect); q.Unchecked = true }))
				var different *DifferentCommandError
				if errors.As(err, &different) != (c.members != nil) || c.members != nil && !slices.Equal(different.Members, c.members) {
					t.Errorf("%v, %+v", err, result)
				}
				if n := server.Count("CancelCommand"); (n == 0) != (c.members != nil) {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestCancelFails is a command that may go on.
func TestCancelFails(t *testing.T) {
	ignores := hourLong(nodes())
	ignores.Rules[0].IgnoresCancel = true
	for name, c := range map[string]struct {
		script    fakeaws.Script
		change    func(*CancelRequest)
		check     func(error) bool
		requested bool
		cancels   int
	}{
		"still running": {ignores, nil, func(err error) bool {
			var e *StillRunningError
			return errors.As(err, &e) && e.Status == "InProgress" && e.Waited >= 5*time.Minute
		}, true, 2},
		"denied": {withFaults(hourLong(nodes()), fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.AccessDenied}), nil, func(err error) bool {
			var e *AccessDeniedError
			return errors.As(err, &e) && e.Action() == "ssm:CancelCommand"
		}, false, 1},
		"denied to list": {withFaults(hourLong(nodes()), fakeaws.Fault{Operation: "ListCommands", Kind: fakeaws.AccessDenied}), nil, func(err error) bool {
			var e *AccessDeniedError
			return errors.As(err, &e) && e.Action() == "ssm:ListCommands"
		}, false, 0},
		"a node of no command": {hourLong(nodes()), func(q *CancelRequest) { q.InstanceIDs = []string{otherNode} }, func(err error) bool {
			var e *RejectedError
			return errors.As(err, &e) && e.Code == "InvalidInstanceId"
		}, false, 0},
		"no response": {withFaults(hourLong(nodes()), fakeaws.Fault{Operation: "CancelCommand", Kind: fakeaws.Silent, Times: -1}), nil, func(err error) bool {
			var e *StillRunningError
			return errors.As(err, &e) && e.Trouble != nil
		}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				client, server := serve(t, c.script)
				sent := send(t, client, request())
				change := c.change
				if change == nil {
					change = func(*CancelRequest) {}
				}
				result, err := client.Cancel(t.Context(), cancel(sent.Command, change))
				if !c.check(err) || result.Outcome != "" || result.Requested != c.requested {
					t.Errorf("%T %v, %+v", err, err, result)
				}
				if n := server.Count("CancelCommand"); c.cancels > 0 && n != c.cancels || name == "denied to list" && n > 0 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// TestCancelDespiteInterrupt is a command that is cancelled because of the interrupt.
func TestCancelDespiteInterrupt(t *testing.T) {
	virtual(t, func(t *testing.T) {
		stop, interrupt := context.WithCancel(t.Context())
		client, _ := serve(t, hourLong(nodes()), func(o *Options) { o.Interrupt = stop })
		sent := send(t, client, request())
		interrupt()
		despite := func(q *CancelRequest) {
			q.DespiteInterrupt, q.Unchecked, q.Expect, q.Timeout = true, true, nil, 5*time.Second
		}
		result, err := client.Cancel(t.Context(), cancel(sent.Command, despite))
		if err != nil || result.Outcome != CancelComplete || result.Command.Status != "Cancelled" {
			t.Errorf("%v, %+v", err, result)
		}
	})
}
