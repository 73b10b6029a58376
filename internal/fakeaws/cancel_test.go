// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// cancel cancels a command on the given nodes, or on all of them.
func cancel(t *testing.T, c *ssm.Client, command string, nodes ...string) {
	t.Helper()
	if _, err := c.CancelCommand(t.Context(), &ssm.CancelCommandInput{CommandId: &command, InstanceIds: nodes}); err != nil {
		t.Fatal(err)
	}
}

// lasts is a rule for steps with this run time.
func lasts(duration fakeaws.Seconds) fakeaws.Rule {
	return fakeaws.Rule{Steps: []fakeaws.StepResult{{Duration: &duration, StandardOutput: "all\n", PartialOutput: "part\n"}}}
}

// TestCancel cancels a command with nodes in each state: complete, running, waiting for a slot, and
// offline.
func TestCancel(t *testing.T) {
	for _, show := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := account(fakeaws.Rule{InstanceID: nodeA, Steps: []fakeaws.StepResult{{Duration: fakeaws.At(2)}}}, lasts(60))
			s.Nodes = append(s.Nodes,
				fakeaws.Node{InstanceID: "i-0ddddddddddddddd0", Offline: []fakeaws.Span{{From: 0}}},
				fakeaws.Node{InstanceID: "i-0ddddddddddddddd1"},
			)
			s.Behavior.ShowCancelling = show
			server := serve(t, s)
			c := client(server)
			id := send(t, c, script(on(nodeA, nodeB, "i-0ddddddddddddddd0", "i-0ddddddddddddddd1"),
				func(in *ssm.SendCommandInput) { in.MaxConcurrency = aws.String("3") }))
			check := func(want ...string) {
				t.Helper()
				for i, node := range []string{nodeA, nodeB, "i-0ddddddddddddddd0", "i-0ddddddddddddddd1"} {
					if got := invocationStatus(t, c, id, node, ""); got != want[i] {
						t.Errorf("%v: %s is %s, want %s", time.Since(server.Start()), node, got, want[i])
					}
				}
			}
			until(server, 1)
			check("InProgress/InProgress -1", "InProgress/InProgress -1", "InProgress/InProgress -1", "Pending/Pending -1")
			until(server, 5)
			check("Success/Success 0", "InProgress/InProgress -1", "Pending/Delayed -1", "InProgress/InProgress -1")
			cancel(t, c, id)
			time.Sleep(time.Second)
			if show {
				check("Success/Success 0", "Cancelling/Cancelling -1", "Cancelling/Cancelling -1", "Cancelling/Cancelling -1")
			} else {
				check("Success/Success 0", "InProgress/InProgress -1", "Pending/Delayed -1", "InProgress/InProgress -1")
			}
			cancel(t, c, id) // The second cancellation has no effect.
			time.Sleep(2 * time.Second)
			check("Success/Success 0", "Cancelled/Cancelled 137", "Cancelled/Cancelled -1", "Cancelled/Cancelled 137")
			if got := tally(t, c, id); got != "Cancelled/Cancelled 4 4 0 0" {
				t.Errorf("command %s", got)
			}
			out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeB)})
			if err != nil || aws.ToString(out.StandardOutputContent) != "part\n" || aws.ToString(out.ExecutionElapsedTime) != "PT5S" {
				t.Errorf("killed script: %+v, %v", out, err)
			}
			time.Sleep(time.Hour)
			for node, want := range map[string]int{nodeA: 1, nodeB: 1, "i-0ddddddddddddddd0": 0, "i-0ddddddddddddddd1": 1} {
				if got := server.Executions(id, node); got != want {
					t.Errorf("%d executions on %s, want %d", got, node, want)
				}
			}
		})
	}
}

// TestCancelWaitingNode cancels while a node waits for a slot: the node never runs the command. If
// only one node is cancelled, the next node takes its slot.
func TestCancelWaitingNode(t *testing.T) {
	one := func(in *ssm.SendCommandInput) { in.MaxConcurrency = aws.String("1") }
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, account(lasts(60)))
		c := client(server)
		id := send(t, c, script(on(nodeA, nodeB), one))
		time.Sleep(10 * time.Second)
		cancel(t, c, id, nodeB)
		time.Sleep(3 * time.Second)
		if got := invocationStatus(t, c, id, nodeA, "") + " " + invocationStatus(t, c, id, nodeB, ""); got != "InProgress/InProgress -1 Cancelled/Cancelled -1" {
			t.Errorf("cancelled the second: %s", got)
		}
		time.Sleep(time.Hour)
		if got := tally(t, c, id); got != "Cancelled/Cancelled 2 2 0 0" || server.Executions(id, nodeB) != 0 {
			t.Errorf("at the end: %s, %d executions", got, server.Executions(id, nodeB))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, account(lasts(60)))
		c := client(server)
		id := send(t, c, script(on(nodeA, nodeB), one))
		time.Sleep(10 * time.Second)
		cancel(t, c, id, nodeA)
		time.Sleep(4 * time.Second)
		if got := invocationStatus(t, c, id, nodeA, "") + " " + invocationStatus(t, c, id, nodeB, ""); got != "Cancelled/Cancelled 137 InProgress/InProgress -1" {
			t.Errorf("cancelled the first: %s", got)
		}
		if got := server.Executions(id, nodeB); got != 1 {
			t.Errorf("%d executions on the second", got)
		}
	})
}

// TestCancelSteps cancels in the second of three steps: the first keeps its result, and the third
// never starts.
func TestCancelSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, threeSteps(fakeaws.Rule{Steps: []fakeaws.StepResult{
			{Name: "prepare", StandardOutput: "ready\n"}, {Name: "migrate", Duration: fakeaws.At(60), PartialOutput: "half\n"},
		}}))
		c := client(server)
		id := send(t, c, script(document("Three")))
		time.Sleep(10 * time.Second)
		cancel(t, c, id)
		time.Sleep(3 * time.Second)
		for step, want := range map[string]string{
			"": "Cancelled/Cancelled 0", "prepare": "Success/Success 0", "migrate": "Cancelled/Cancelled 137", "clean-up": "Cancelled/Cancelled -1",
		} {
			if got := invocationStatus(t, c, id, nodeA, step); got != want {
				t.Errorf("step %q is %s, want %s", step, got, want)
			}
		}
	})
}

// TestCancelTooLate cancels a script that completes before the agent stops it, and one that ignores
// the cancellation.
func TestCancelTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := lasts(60)
		deaf.InstanceID, deaf.IgnoresCancel = nodeA, true
		c := client(serve(t, account(deaf, lasts(10))))
		id := send(t, c, script(on(nodeA, nodeB)))
		time.Sleep(8 * time.Second)
		cancel(t, c, id)
		time.Sleep(5 * time.Second)
		if got := invocationStatus(t, c, id, nodeA, "") + " " + invocationStatus(t, c, id, nodeB, ""); got != "InProgress/InProgress -1 Success/Success 0" {
			t.Errorf("5 seconds later: %s", got)
		}
		time.Sleep(time.Minute)
		if got := tally(t, c, id); got != "Success/Success 2 2 0 0" {
			t.Errorf("at the end: %s", got)
		}
		cancel(t, c, id)
		time.Sleep(time.Minute)
		if got := tally(t, c, id); got != "Success/Success 2 2 0 0" {
			t.Errorf("cancelled after the end: %s", got)
		}
	})
}

// TestCancelEndsEarlierEvents cancels on a node that would reconnect within the 3 seconds of the
// cancellation: its status does not change in between, and it has no times because it never ran.
func TestCancelEndsEarlierEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account(lasts(60))
		s.Nodes[0].Offline = []fakeaws.Span{{From: 0, Until: 11}}
		server := serve(t, s)
		c := client(server)
		id := send(t, c, script())
		until(server, 10)
		cancel(t, c, id)
		until(server, 12)
		if got := invocationStatus(t, c, id, nodeA, ""); got != "Pending/Delayed -1" {
			t.Errorf("in between: %s", got)
		}
		until(server, 13)
		out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeA)})
		if err != nil || out.Status != "Cancelled" || out.ResponseCode != -1 || out.ExecutionStartDateTime != nil || aws.ToString(out.StandardOutputContent) != "" {
			t.Errorf("at the end: %+v, %v", out, err)
		}
		if server.Executions(id, "") != 0 {
			t.Error("it ran")
		}
	})
}

// TestCancelScriptedCommand cancels a command that was sent before the server's start.
func TestCancelScriptedCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running := fakeaws.Step{
			Timeline:       []fakeaws.Moment{{At: 0, Status: "InProgress"}, {At: 7200, Status: "Success"}},
			StandardOutput: "before-cancel\n",
		}
		s := account()
		s.Commands = []fakeaws.Command{{CommandID: commandA, SentAt: -60, OutputS3BucketName: "bucket", Invocations: []fakeaws.Invocation{
			{InstanceID: nodeA, Steps: []fakeaws.Step{running}}, {InstanceID: nodeB},
		}}}
		server := serve(t, s)
		c := client(server)
		cancel(t, c, commandA)
		time.Sleep(3 * time.Second)
		if got := invocationStatus(t, c, commandA, nodeA, "") + " " + tally(t, c, commandA); got != "Cancelled/Cancelled 137 Cancelled/Cancelled 2 2 0 0" {
			t.Error(got)
		}
		if server.Executions("", "") != 0 || len(server.Sends()) != 0 {
			t.Error("a scripted command counts as sent")
		}
	})
}

// TestCancelCommandErrors checks each error by the SDK's type, and the empty response otherwise.
func TestCancelCommandErrors(t *testing.T) {
	server := serve(t, account(lasts(60)))
	c := client(server)
	id := send(t, c, script(on(nodeA, nodeB)))
	tests := map[string]struct {
		in    *ssm.CancelCommandInput
		typed func(error) bool
	}{
		"unknown":     {&ssm.CancelCommandInput{CommandId: aws.String(commandA)}, is[*types.InvalidCommandId]},
		"not an ID":   {&ssm.CancelCommandInput{CommandId: aws.String("x")}, is[*types.ValidationException]},
		"node":        {&ssm.CancelCommandInput{CommandId: &id, InstanceIds: []string{"i-1"}}, is[*types.ValidationException]},
		"other node":  {&ssm.CancelCommandInput{CommandId: &id, InstanceIds: []string{nodeC}}, is[*types.InvalidInstanceId]},
		"same twice":  {&ssm.CancelCommandInput{CommandId: &id, InstanceIds: []string{nodeA, nodeA}}, is[*types.DuplicateInstanceId]},
		"some region": {&ssm.CancelCommandInput{CommandId: &id}, func(err error) bool { return err == nil }},
	}
	for name, test := range tests {
		if _, err := c.CancelCommand(t.Context(), test.in); !test.typed(err) {
			t.Errorf("%s: error %T: %v", name, err, err)
		}
	}
	_, body := post(t, server, "CancelCommand", `{"CommandId":"`+commandA+`"}`)
	if want := `{"__type":"InvalidCommandId","Message":"Command id ` + commandA + ` does not exist."}`; body != want {
		t.Errorf("body\n got %s\nwant %s", body, want)
	}
	if _, body := post(t, server, "CancelCommand", `{"CommandId":"`+strings.ToLower(id)+`"}`); body != "{}" {
		t.Errorf("body %s, want {}", body)
	}
}
