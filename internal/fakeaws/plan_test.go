// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// threeSteps is an account with a document of three steps, and rules for it.
func threeSteps(rules ...fakeaws.Rule) fakeaws.Script {
	s := account(rules...)
	s.Documents = []fakeaws.Document{{Name: "Three", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{
		{Name: "prepare"}, {Name: "migrate"}, {Name: "clean-up"},
	}}}}}
	return s
}

// document makes the input name another document, without parameters.
func document(name string) func(*ssm.SendCommandInput) {
	return func(in *ssm.SendCommandInput) { in.DocumentName, in.Parameters = &name, nil }
}

// limits sets MaxConcurrency and MaxErrors.
func limits(concurrency, errors string) func(*ssm.SendCommandInput) {
	return func(in *ssm.SendCommandInput) { in.MaxConcurrency, in.MaxErrors = &concurrency, &errors }
}

// many is an account with n nodes, numbered from 0.
func many(n int, rules ...fakeaws.Rule) (fakeaws.Script, []string) {
	s, ids := fakeaws.Script{Nodes: []fakeaws.Node{}, Rules: rules}, []string{}
	for i := range n {
		ids = append(ids, fmt.Sprintf("i-%017x", i))
		s.Nodes = append(s.Nodes, fakeaws.Node{InstanceID: ids[i]})
	}
	return s, ids
}

// TestDefaultExecution runs a document without a rule: Success without output after a second.
func TestDefaultExecution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, account())
		c := client(server)
		id := send(t, c, script())
		if got := invocationStatus(t, c, id, nodeA, "") + " " + tally(t, c, id); got != "InProgress/InProgress -1 InProgress/InProgress 1 0 0 0" {
			t.Errorf("at first: %s", got)
		}
		time.Sleep(time.Second)
		out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeA)})
		if err != nil || out.Status != "Success" || aws.ToString(out.StandardOutputContent) != "" || aws.ToString(out.ExecutionElapsedTime) != "PT1S" ||
			aws.ToString(out.PluginName) != "aws:runShellScript" {
			t.Errorf("a second later: %+v, %v", out, err)
		}
		if got := tally(t, c, id); got != "Success/Success 1 1 0 0" {
			t.Error(got)
		}
		if server.Executions(id, nodeA) != 1 || server.Executions("", nodeA) != 1 || server.Executions(commandA, "") != 0 || server.Executions("", nodeB) != 0 {
			t.Error("executions are counted wrong")
		}
	})
}

// TestConcurrency counts how many of seven nodes have started, with a number and a percentage.
func TestConcurrency(t *testing.T) {
	for concurrency, want := range map[string]string{
		"3": "3 6 7", "1": "1 2 3 4 5 6 7", "50%": "3 6 7", "1%": "1 2 3 4 5 6 7", "100%": "7", "9999999": "7",
	} {
		t.Run(concurrency, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ids := many(7, lasts(10))
				server := serve(t, s)
				id := send(t, client(server), script(on(ids...), limits(concurrency, "0")))
				var got []string
				for n := 0; n < 7; time.Sleep(10 * time.Second) {
					n = server.Executions(id, "")
					got = append(got, fmt.Sprint(n))
				}
				if text := strings.Join(got, " "); text != want {
					t.Errorf("started every 10 seconds: %s, want %s", text, want)
				}
			})
		})
	}
}

// TestErrorsStopCommand lets every node fail: the command is not sent to further nodes after more
// than MaxErrors have failed.
func TestErrorsStopCommand(t *testing.T) {
	fails := fakeaws.Rule{Steps: []fakeaws.StepResult{{ExitCode: 1, Duration: fakeaws.At(10)}}}
	tests := map[string]struct {
		concurrency, errors string
		ran                 int
		want                string
	}{
		"the first":          {"1", "0", 1, "Failed/Failed 6 6 1 0"},
		"two are allowed":    {"1", "2", 3, "Failed/Failed 6 6 3 0"},
		"in percent":         {"1", "50%", 4, "Failed/Failed 6 6 4 0"},
		"those that run end": {"4", "0", 4, "Failed/Failed 6 6 4 0"},
		"all at once":        {"50", "0", 6, "Failed/Failed 6 6 6 0"},
		"all are allowed":    {"2", "100%", 6, "Success/Success 6 6 6 0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ids := many(6, fails)
				server := serve(t, s)
				c := client(server)
				id := send(t, c, script(on(ids...), limits(test.concurrency, test.errors)))
				time.Sleep(2 * time.Minute)
				if got := tally(t, c, id); got != test.want || server.Executions(id, "") != test.ran {
					t.Errorf("%s with %d executions, want %s with %d", got, server.Executions(id, ""), test.want, test.ran)
				}
				if test.ran < 6 {
					if got := invocationStatus(t, c, id, ids[5], ""); got != "Failed/Terminated -1" {
						t.Errorf("the last node is %s", got)
					}
				}
			})
		})
	}
}

// TestDelivery sends to nodes that are offline: forever, for a short time, for longer than the
// delivery timeout, and when they would have reported.
func TestDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account(lasts(10))
		id := func(n int) string { return fmt.Sprintf("i-0ddddddddddddddd%d", n) }
		s.Nodes = []fakeaws.Node{
			{InstanceID: id(0), Offline: []fakeaws.Span{{From: 0}}},
			{InstanceID: id(1), Offline: []fakeaws.Span{{From: 0, Until: 20}}},
			{InstanceID: id(2), Offline: []fakeaws.Span{{From: 0, Until: 31}}},
			{InstanceID: id(3), Offline: []fakeaws.Span{{From: 5, Until: 100}}},
			{InstanceID: id(4), Ping: []fakeaws.Ping{{At: -10, Status: "ConnectionLost"}, {At: 20, Status: "Online"}}},
			{InstanceID: id(5), DeregisteredAt: fakeaws.At(5)},
		}
		server := serve(t, s)
		c := client(server)
		command := send(t, c, script(on(id(0), id(1), id(2), id(3), id(4), id(5)), func(in *ssm.SendCommandInput) {
			in.TimeoutSeconds = aws.Int32(30)
			in.Parameters["executionTimeout"] = []string{"15"}
		}))
		check := func(at fakeaws.Seconds, want ...string) {
			t.Helper()
			until(server, at)
			for i, w := range want {
				if got := invocationStatus(t, c, command, id(i), ""); got != w {
					t.Errorf("%vs: node %d is %s, want %s", at, i, got, w)
				}
			}
		}
		const running, delayed, success, timedOut = "InProgress/InProgress -1", "Pending/Delayed -1", "Success/Success 0", "TimedOut/DeliveryTimedOut -1"
		check(1, running, running, running, running, running, running)
		check(4, delayed, delayed, delayed, running, delayed, running)
		check(21, delayed, running, delayed, running, running, running)
		check(30, delayed, success, delayed, running, success, running)
		check(57, delayed, success, delayed, running, success, running)
		check(58, timedOut, success, timedOut, timedOut, success, timedOut) // ExpiresAfter is 45 seconds, and the recorded delay is 13.
		check(200, timedOut, success, timedOut, timedOut, success, timedOut)
		if got := tally(t, c, command); !strings.HasSuffix(got, " 6 6 0 4") {
			t.Errorf("command %s", got)
		}
		for i, want := range []int{0, 1, 0, 1, 1, 1} {
			if got := server.Executions(command, id(i)); got != want {
				t.Errorf("%d executions on node %d, want %d", got, i, want)
			}
		}
	})
}

// TestLateReport sends to a node that is offline when the script ends, and reports when it is
// online again.
func TestLateReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account(lasts(10))
		s.Nodes[0].Offline = []fakeaws.Span{{From: 5, Until: 60}}
		server := serve(t, s)
		c := client(server)
		id := send(t, c, script())
		until(server, 59)
		if got := invocationStatus(t, c, id, nodeA, ""); got != "InProgress/InProgress -1" {
			t.Errorf("offline: %s", got)
		}
		until(server, 60)
		out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &id, InstanceId: aws.String(nodeA)})
		if err != nil || out.Status != "Success" || aws.ToString(out.ExecutionElapsedTime) != "PT10S" || aws.ToString(out.StandardOutputContent) != "all\n" {
			t.Errorf("back again: %+v, %v", out, err)
		}
	})
}

// TestNeverReported runs a script whose result never arrives.
func TestNeverReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, account(fakeaws.Rule{NeverReported: true}))
		c := client(server)
		id := send(t, c, script())
		time.Sleep(3 * time.Hour)
		if got := tally(t, c, id); got != "TimedOut/DeliveryTimedOut 1 1 0 1" || server.Executions(id, nodeA) != 1 {
			t.Errorf("%s with %d executions", got, server.Executions(id, nodeA))
		}
	})
}

// TestExecutionTimeout stops a script after its executionTimeout, which the agent accepts from 5
// seconds.
func TestExecutionTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, account(lasts(20))))
		var ids []string
		for _, timeout := range []string{"5", "4", "21", "many"} {
			ids = append(ids, send(t, c, script(func(in *ssm.SendCommandInput) { in.Parameters["executionTimeout"] = []string{timeout} })))
		}
		ids = append(ids, send(t, c, script(on(nodeC), func(in *ssm.SendCommandInput) {
			in.DocumentName = aws.String("AWS-RunPowerShellScript")
			in.Parameters["executionTimeout"] = []string{"5"}
		})))
		time.Sleep(5 * time.Second)
		out, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &ids[0], InstanceId: aws.String(nodeA)})
		if err != nil || out.StatusDetails == nil || *out.StatusDetails != "ExecutionTimedOut" || out.ResponseCode != 137 ||
			aws.ToString(out.StandardOutputContent) != "part\n" || aws.ToString(out.ExecutionElapsedTime) != "PT5S" {
			t.Errorf("after 5 seconds: %+v, %v", out, err)
		}
		if got := invocationStatus(t, c, ids[4], nodeC, ""); got != "TimedOut/ExecutionTimedOut -1" {
			t.Errorf("on Windows: %s", got)
		}
		time.Sleep(time.Minute)
		for i, want := range []string{"Failed/Failed 1 1 1 0", "Success/Success 1 1 0 0", "Success/Success 1 1 0 0", "Success/Success 1 1 0 0"} {
			if got := tally(t, c, ids[i]); got != want {
				t.Errorf("command %d: %s, want %s", i, got, want)
			}
		}
	})
}

// TestStepsInOrder runs three steps in sequence. A failed step does not prevent the next.
func TestStepsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, threeSteps(fakeaws.Rule{StartDelay: 1, Steps: []fakeaws.StepResult{
			{Duration: fakeaws.At(5)}, {Name: "migrate", Duration: fakeaws.At(10), ExitCode: 3, StandardError: "locked"}, {Name: "clean-up", StandardOutput: "done\n"},
		}}))
		c := client(server)
		id := send(t, c, script(document("Three")))
		check := func(at fakeaws.Seconds, want ...string) {
			t.Helper()
			until(server, at)
			for i, step := range []string{"prepare", "migrate", "clean-up"} {
				if got := invocationStatus(t, c, id, nodeA, step); got != want[i] {
					t.Errorf("%vs: step %s is %s, want %s", at, step, got, want[i])
				}
			}
		}
		const pending, running, success = "Pending/Pending -1", "InProgress/InProgress -1", "Success/Success 0"
		check(5, running, pending, pending)
		check(6, success, running, pending)
		check(16, success, "Failed/Failed 3", running)
		check(17, success, "Failed/Failed 3", success)
		if got := tally(t, c, id); got != "Failed/Failed 1 1 1 0" {
			t.Error(got)
		}
		out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{CommandId: &id, Details: true})
		if err != nil {
			t.Fatal(err)
		}
		plugins := out.CommandInvocations[0].CommandPlugins
		if got := aws.ToString(plugins[1].Output); got != "\n----------ERROR-------\nlocked\nfailed to run commands: exit status 3" {
			t.Errorf("output of the step that failed: %q", got)
		}
		if got := plugins[1].ResponseFinishDateTime.Sub(*plugins[1].ResponseStartDateTime); got != 10*time.Second {
			t.Errorf("the step took %v", got)
		}
		if got := aws.ToString(out.CommandInvocations[0].InstanceName); got != nodeA+".example.internal" {
			t.Errorf("instance name %q", got)
		}
	})
}

// TestSkippedSteps runs a document for three platforms, and one that stops at its first failure: a
// skipped step is a Success, and only the list contains the reason.
func TestSkippedSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account(fakeaws.Rule{DocumentName: "Strict", Steps: []fakeaws.StepResult{{ExitCode: 1}}})
		s.Documents = []fakeaws.Document{{Name: "Strict", Versions: []fakeaws.DocumentVersion{{Steps: []fakeaws.DocumentStep{
			{Name: "first", ExitOnFailure: true}, {Name: "second"},
		}}}}}
		c := client(serve(t, s))
		patch := send(t, c, script(document("AWS-RunPatchBaseline"), func(in *ssm.SendCommandInput) {
			in.Parameters = map[string][]string{"Operation": {"Scan"}}
		}))
		strict := send(t, c, script(document("Strict")))
		time.Sleep(10 * time.Second)
		for _, test := range []struct{ command, step, status, output string }{
			{patch, "PatchWindows", "Success", `Step execution skipped due to unsatisfied preconditions: '"StringEquals": [platformType, Windows]'. Step name: PatchWindows`},
			{patch, "PatchLinux", "Success", ""},
			{strict, "first", "Failed", "\n----------ERROR-------\nfailed to run commands: exit status 1"},
			{strict, "second", "Success", "Plugin with name aws:runShellScript and id second skipped due to prior step with an exit condition"},
		} {
			out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{CommandId: &test.command, Details: true})
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range out.CommandInvocations[0].CommandPlugins {
				if *p.Name != test.step {
					continue
				}
				found = true
				if string(p.Status) != test.status || aws.ToString(p.Output) != test.output {
					t.Errorf("%s is %s with output %q", test.step, p.Status, aws.ToString(p.Output))
				}
			}
			if !found {
				t.Errorf("there is no step %s", test.step)
			}
			one, err := c.GetCommandInvocation(t.Context(), &ssm.GetCommandInvocationInput{CommandId: &test.command, InstanceId: aws.String(nodeA), PluginName: &test.step})
			if err != nil || aws.ToString(one.StandardOutputContent) != "" {
				t.Errorf("%s: %+v, %v", test.step, one, err)
			}
		}
		if got := tally(t, c, strict); got != "Failed/Failed 1 1 1 0" {
			t.Error(got)
		}
	})
}
