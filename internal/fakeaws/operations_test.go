// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestThreeOperationsAgree reads one command with all three operations at several times: with a
// node that is not visible at first, a status that goes back, a failure, and a row that appears
// late.
func TestThreeOperationsAgree(t *testing.T) {
	script := fakeaws.Script{Commands: []fakeaws.Command{{
		CommandID: commandA,
		Invocations: []fakeaws.Invocation{
			{InstanceID: nodeA, VisibleAfter: 2, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{
				{At: 0, Status: "InProgress"}, {At: 5, Status: "Pending", StatusDetails: "Delayed"},
				{At: 10, Status: "InProgress"}, {At: 20, Status: "Success"},
			}}}},
			{InstanceID: nodeB, ListedAfter: fakeaws.At(30), Steps: []fakeaws.Step{{
				Timeline:       []fakeaws.Moment{{At: 0, Status: "InProgress"}, {At: 15, Status: "Failed"}},
				StandardOutput: "out\n", StandardError: "err", ResponseCode: fakeaws.Code(7),
			}}},
		},
	}}}
	want := []struct {
		at                    fakeaws.Seconds
		nodeA, nodeB, rows, c string
	}{
		{1, "InvocationDoesNotExist", "InProgress/InProgress -1", "", "InProgress/InProgress 2 0 0 0"},
		{3, "InProgress/InProgress -1", "InProgress/InProgress -1", "a InProgress/InProgress -1 ", "InProgress/InProgress 2 0 0 0"},
		{6, "Pending/Delayed -1", "InProgress/InProgress -1", "a Pending/Delayed -1 ", "InProgress/InProgress 2 0 0 0"},
		{16, "InProgress/InProgress -1", "Failed/Failed 7", "a InProgress/InProgress -1 ", "InProgress/InProgress 2 1 1 0"},
		{20, "Success/Success 0", "Failed/Failed 7", "a Success/Success 0 ", "Failed/Failed 2 2 1 0"},
		{30, "Success/Success 0", "Failed/Failed 7", "a Success/Success 0 b Failed/Failed 7 ", "Failed/Failed 2 2 1 0"},
	}
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, script))
		start := time.Now()
		for _, w := range want {
			time.Sleep(time.Until(start.Add(w.at.Duration())))
			if got := look(t, c, nodeA, ""); got != w.nodeA {
				t.Errorf("%vs: node a is %q, want %q", w.at, got, w.nodeA)
			}
			if got := look(t, c, nodeB, ""); got != w.nodeB {
				t.Errorf("%vs: node b is %q, want %q", w.at, got, w.nodeB)
			}
			if got := rows(t, c); got != w.rows {
				t.Errorf("%vs: rows are %q, want %q", w.at, got, w.rows)
			}
			if got := counts(t, c); got != w.c {
				t.Errorf("%vs: the command is %q, want %q", w.at, got, w.c)
			}
		}
	})
}

// look summarizes the response of GetCommandInvocation about a node of command A.
func look(t *testing.T, c *ssm.Client, node, step string) string {
	t.Helper()
	in := &ssm.GetCommandInvocationInput{CommandId: aws.String(commandA), InstanceId: &node}
	if step != "" {
		in.PluginName = &step
	}
	out, err := c.GetCommandInvocation(t.Context(), in)
	if err != nil {
		return code(err)
	}
	return fmt.Sprintf("%s/%s %d", out.Status, aws.ToString(out.StatusDetails), out.ResponseCode)
}

// rows summarizes the response of ListCommandInvocations about command A: a letter for the node,
// its status, and its steps' codes.
func rows(t *testing.T, c *ssm.Client) string {
	t.Helper()
	out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{CommandId: aws.String(commandA), Details: true})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, row := range out.CommandInvocations {
		text += fmt.Sprintf("%s %s/%s ", (*row.InstanceId)[len(*row.InstanceId)-1:], row.Status, *row.StatusDetails)
		for _, p := range row.CommandPlugins {
			text += fmt.Sprintf("%d ", p.ResponseCode)
		}
	}
	return text
}

// counts summarizes the response of ListCommands about command A.
func counts(t *testing.T, c *ssm.Client) string {
	t.Helper()
	out, err := c.ListCommands(t.Context(), &ssm.ListCommandsInput{CommandId: aws.String(commandA)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Commands) == 0 {
		return ""
	}
	m := out.Commands[0]
	return fmt.Sprintf("%s/%s %d %d %d %d", m.Status, aws.ToString(m.StatusDetails), m.TargetCount, m.CompletedCount, m.ErrorCount, m.DeliveryTimedOutCount)
}

// TestTargetsResolveLate reads a command sent by tag: it has no count and no rows at first, and
// never instance IDs.
func TestTargetsResolveLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID:     commandA,
			Targets:       []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}},
			ResolvedAfter: 3,
			Invocations:   []fakeaws.Invocation{{InstanceID: nodeA}, {InstanceID: nodeB}},
		}}}))
		if got := counts(t, c) + "; " + rows(t, c) + "; " + look(t, c, nodeA, ""); got != "Pending/Pending 0 0 0 0; ; InvocationDoesNotExist" {
			t.Errorf("before: %s", got)
		}
		time.Sleep(3 * time.Second)
		if got := counts(t, c) + "; " + rows(t, c) + "; " + look(t, c, nodeA, ""); got != "Success/Success 2 2 0 0; a Success/Success 0 b Success/Success 0 ; Success/Success 0" {
			t.Errorf("after: %s", got)
		}
		out, err := c.ListCommands(t.Context(), &ssm.ListCommandsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if m := out.Commands[0]; len(m.InstanceIds) != 0 || len(m.Targets) != 1 || *m.Targets[0].Key != "tag:Role" || m.Targets[0].Values[0] != "web" {
			t.Errorf("instance ids %v, targets %+v", m.InstanceIds, m.Targets)
		}
	})
}

// TestForgotten reads a command before and after the service deletes its history.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: commandA, SentAt: -30*24*3600 + 10, ForgottenAt: fakeaws.At(10),
			Invocations: []fakeaws.Invocation{{InstanceID: nodeA}},
		}}}))
		if got := look(t, c, nodeA, ""); got != "Success/Success 0" {
			t.Errorf("before: %q", got)
		}
		time.Sleep(10 * time.Second)
		if got := look(t, c, nodeA, "") + rows(t, c) + counts(t, c); got != "InvocationDoesNotExist" {
			t.Errorf("after: %q", got)
		}
	})
}

// TestSeveralSteps names each step, a wrong one, and none, with both behaviors of the service.
func TestSeveralSteps(t *testing.T) {
	ended := func(at fakeaws.Seconds, status string) []fakeaws.Moment {
		return []fakeaws.Moment{{At: at, Status: "InProgress"}, {At: at + 5, Status: status}}
	}
	steps := []fakeaws.Step{
		{Name: "download", Action: "aws:downloadContent", Timeline: ended(0, "Success"), StandardOutput: "got it\n"},
		{Name: "runShell", Timeline: ended(10, "Failed"), StandardOutput: "no\n", ResponseCode: fakeaws.Code(3)},
		{Name: "cleanup", Timeline: ended(20, "Success"), NameUnknownFor: 40, UnlistedFor: 30},
	}
	for _, behaviour := range []fakeaws.SeveralSteps{"", fakeaws.ErrorForSteps} {
		t.Run("behaviour "+string(behaviour), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
					CommandID: commandA, DocumentName: "Example", OutputS3BucketName: "bucket",
					Invocations: []fakeaws.Invocation{{InstanceID: nodeA, SeveralSteps: behaviour, Steps: steps}},
				}}})
				c := client(server)
				summary := func(status string) string {
					if behaviour == fakeaws.ErrorForSteps {
						return "InvalidPluginName"
					}
					return status + "/" + status + " 0" // The SDK's 0 for a missing ResponseCode.
				}
				expect := func(at fakeaws.Seconds, none, download, runShell, cleanup, row string) {
					t.Helper()
					time.Sleep(time.Until(server.Start().Add(at.Duration())))
					for name, want := range map[string]string{"": none, "download": download, "runShell": runShell, "cleanup": cleanup, "0.awsrunShellScript": "InvalidPluginName"} {
						if got := look(t, c, nodeA, name); got != want {
							t.Errorf("%vs: step %q is %q, want %q", at, name, got, want)
						}
					}
					if got := rows(t, c); got != row {
						t.Errorf("%vs: row is %q, want %q", at, got, row)
					}
				}
				expect(1, summary("InProgress"), "InProgress/InProgress -1", "Pending/Pending -1", "InvalidPluginName", "a InProgress/InProgress -1 -1 ")
				expect(7, summary("InProgress"), "Success/Success 0", "Pending/Pending -1", "InvalidPluginName", "a InProgress/InProgress 0 -1 ")
				expect(30, summary("Failed"), "Success/Success 0", "Failed/Failed 3", "InvalidPluginName", "a Failed/Failed 0 3 0 ")
				expect(40, summary("Failed"), "Success/Success 0", "Failed/Failed 3", "Success/Success 0", "a Failed/Failed 0 3 0 ")

				out, err := get(t, c, "download")
				if err != nil {
					t.Fatal(err)
				}
				if got, want := aws.ToString(out.StandardOutputUrl), "https://s3.us-east-1.amazonaws.com/bucket/"+commandA+"/"+nodeA+"/awsdownloadContent/download/stdout"; got != want {
					t.Errorf("URL\n got %s\nwant %s", got, want)
				}
				list, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{})
				if err != nil {
					t.Fatal(err)
				}
				if got := aws.ToString(list.CommandInvocations[0].StandardOutputUrl); got != "" {
					t.Errorf("a row with several steps has the URL %s; only the row of a single step has one", got)
				}
			})
		})
	}
}

// TestNotSentYet reads a command before it is sent, and in another Region.
func TestNotSentYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, fakeaws.Script{Regions: []string{"us-east-1", "eu-west-1"}, Commands: []fakeaws.Command{{
			CommandID: commandA, SentAt: 10, Region: "eu-west-1", Invocations: []fakeaws.Invocation{{InstanceID: nodeA}},
		}}})
		home := client(server, func(o *ssm.Options) { o.Region = "eu-west-1" })
		if got := look(t, home, nodeA, "") + rows(t, home) + counts(t, home); got != "InvocationDoesNotExist" {
			t.Errorf("before: %q", got)
		}
		time.Sleep(10 * time.Second)
		if got := look(t, home, nodeA, ""); got != "Success/Success 0" {
			t.Errorf("after: %q", got)
		}
		away := client(server)
		if got := look(t, away, nodeA, "") + rows(t, away) + counts(t, away); got != "InvocationDoesNotExist" {
			t.Errorf("in another region: %q", got)
		}
	})
}
