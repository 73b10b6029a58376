// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestCommandStatus derives the status of a command from the final statuses of its nodes. The first
// six are recorded.
func TestCommandStatus(t *testing.T) {
	tests := map[string]struct {
		command fakeaws.Command
		ends    [][2]string
		want    string
	}{
		"success":            {ends: [][2]string{{"Success"}}, want: "Success/Success 1 1 0 0"},
		"execution timeout":  {ends: [][2]string{{"TimedOut", "ExecutionTimedOut"}}, want: "Failed/Failed 1 1 1 0"},
		"delivery timeout":   {ends: [][2]string{{"TimedOut", "DeliveryTimedOut"}}, want: "TimedOut/DeliveryTimedOut 1 1 0 1"},
		"cancelled":          {ends: [][2]string{{"Cancelled"}}, want: "Cancelled/Cancelled 1 1 0 0"},
		"alarm":              {command: fakeaws.Command{TriggeredAlarms: []fakeaws.TriggeredAlarm{{Name: "a", State: "ALARM"}}}, ends: [][2]string{{"Failed", "Terminated"}, {"Failed", "Terminated"}}, want: "Failed/FailedDueToAlarm 2 2 0 0"},
		"no node matched":    {command: fakeaws.Command{Targets: []fakeaws.Target{{Key: "tag:Role", Values: []string{"web"}}}}, want: "Success/NoInstancesInTag 0 0 0 0"},
		"failures allowed":   {command: fakeaws.Command{MaxErrors: "1"}, ends: [][2]string{{"Failed"}, {"Success"}}, want: "Success/Success 2 2 1 0"},
		"too many failures":  {command: fakeaws.Command{MaxErrors: "1"}, ends: [][2]string{{"Failed"}, {"Failed"}, {"Success"}}, want: "Failed/Failed 3 3 2 0"},
		"allowed in percent": {command: fakeaws.Command{MaxErrors: "50%"}, ends: [][2]string{{"Failed"}, {"Success"}, {"Success"}}, want: "Success/Success 3 3 1 0"},
		"not in percent":     {command: fakeaws.Command{MaxErrors: "50%"}, ends: [][2]string{{"Failed"}, {"Failed"}, {"Success"}}, want: "Failed/Failed 3 3 2 0"},
		// From the user guide, "Understanding command statuses".
		"undeliverable":     {ends: [][2]string{{"Failed", "Undeliverable"}, {"Failed", "Undeliverable"}, {"Success"}}, want: "Success/Success 3 3 0 0"},
		"all undeliverable": {ends: [][2]string{{"Failed", "Undeliverable"}, {"Failed", "InvalidPlatform"}}, want: "Failed/Failed 2 2 0 0"},
		"terminated":        {ends: [][2]string{{"Failed", "Terminated"}, {"Success"}}, want: "Failed/Incomplete 2 2 0 0"},
		"some delivered":    {ends: [][2]string{{"TimedOut", "DeliveryTimedOut"}, {"Success"}}, want: "Failed/Incomplete 2 2 0 1"},
		"none started":      {ends: [][2]string{{"Pending", "Delayed"}, {"Pending"}}, want: "Pending/Pending 2 0 0 0"},
		"still running":     {ends: [][2]string{{"Cancelling"}, {"Success"}}, want: "InProgress/InProgress 2 1 0 0"},
		"contradicted":      {command: fakeaws.Command{Status: "Failed", StatusDetails: "AccessDenied"}, ends: [][2]string{{"Success"}}, want: "Failed/AccessDenied 1 1 0 0"},
		"row never appears": {command: fakeaws.Command{InstanceIDs: []string{nodeA, nodeC}}, ends: [][2]string{{"Success"}}, want: "InProgress/InProgress 2 1 0 0"},
		"forgotten":         {command: fakeaws.Command{Forgotten: true}, ends: [][2]string{{"Success"}}, want: ""},
		"sent later":        {command: fakeaws.Command{SentAt: 60}, ends: [][2]string{{"Success"}}, want: ""},
		"listed later":      {command: fakeaws.Command{ListedAfter: 60}, ends: [][2]string{{"Success"}}, want: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			command := test.command
			command.CommandID = commandA
			for i, end := range test.ends {
				command.Invocations = append(command.Invocations, fakeaws.Invocation{
					InstanceID: []string{nodeA, nodeB, nodeC}[i],
					Steps:      []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: end[0], StatusDetails: end[1]}}}},
				})
			}
			if got := counts(t, client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{command}}))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestDifferencesBetweenLevels checks that a step in the list is never Delayed or Cancelling, and
// that the nodes of a command are not in the order of the request.
func TestDifferencesBetweenLevels(t *testing.T) {
	for status, want := range map[string]string{"Delayed": "Pending", "Cancelling": "InProgress"} {
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: commandA, InstanceIDs: []string{nodeA, nodeB},
			Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: status}}}}}},
		}}}))
		out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{Details: true})
		if err != nil {
			t.Fatal(err)
		}
		row := out.CommandInvocations[0]
		if got := string(row.CommandPlugins[0].Status); got != want || string(row.Status) != status {
			t.Errorf("the step is %s and the row %s, want %s and %s", got, row.Status, want, status)
		}
		list, err := c.ListCommands(t.Context(), &ssm.ListCommandsInput{})
		if err != nil {
			t.Fatal(err)
		}
		if got := list.Commands[0].InstanceIds; len(got) != 2 || got[0] != nodeB {
			t.Errorf("instance ids %v, want them in another order than in the request", got)
		}
	}
}

// TestOverrides has scripts with deliberate contradictions: a complete node with a step whose
// result never arrived.
func TestOverrides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
			CommandID: commandA,
			Invocations: []fakeaws.Invocation{{
				InstanceID: nodeA, Status: "Success", StatusFrom: 10,
				Steps: []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: "Rebooting", StatusDetails: "New"}}}},
			}},
		}}}))
		if got := look(t, c, nodeA, "") + "; " + rows(t, c) + counts(t, c); got != "Rebooting/New -1; a Rebooting/New -1 InProgress/InProgress 1 0 0 0" {
			t.Errorf("before: %s", got)
		}
		time.Sleep(10 * time.Second)
		if got := look(t, c, nodeA, "") + "; " + rows(t, c) + counts(t, c); got != "Rebooting/New -1; a Success/Success -1 Success/Success 1 1 0 0" {
			t.Errorf("after: %s", got)
		}
	})
}
