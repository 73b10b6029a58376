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
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// fleet is a command on n nodes.
func fleet(n int) fakeaws.Command {
	c := fakeaws.Command{CommandID: commandA}
	for i := range n {
		c.Invocations = append(c.Invocations, fakeaws.Invocation{InstanceID: fmt.Sprintf("i-%017x", i)})
	}
	return c
}

// read pages to the end with the SDK's paginator, and returns the ids in order and the sizes of the
// pages.
func read(t *testing.T, c *ssm.Client, in *ssm.ListCommandInvocationsInput) (ids []string, pages []int) {
	t.Helper()
	for p := ssm.NewListCommandInvocationsPaginator(c, in); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range out.CommandInvocations {
			ids = append(ids, *row.InstanceId)
		}
		pages = append(pages, len(out.CommandInvocations))
	}
	return ids, pages
}

// TestPagingToTheEnd reads many nodes on full, short, and empty pages: every node once, in order,
// and without a superfluous page.
func TestPagingToTheEnd(t *testing.T) {
	tests := map[string]struct {
		nodes int
		max   int32
		shape fakeaws.Script
		pages string
	}{
		"nothing":         {0, 0, fakeaws.Script{}, "[0]"},
		"a full page":     {50, 0, fakeaws.Script{}, "[50]"},
		"one more":        {51, 0, fakeaws.Script{}, "[50 1]"},
		"as asked":        {25, 10, fakeaws.Script{}, "[10 10 5]"},
		"short pages":     {7, 0, fakeaws.Script{PageSize: 3}, "[3 3 1]"},
		"asked for less":  {7, 2, fakeaws.Script{PageSize: 3}, "[2 2 2 1]"},
		"empty pages":     {110, 0, fakeaws.Script{EmptyPageEvery: 2}, "[50 0 50 0 10]"},
		"short and empty": {5, 0, fakeaws.Script{PageSize: 2, EmptyPageEvery: 3}, "[2 2 0 1]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			script := test.shape
			script.Commands = []fakeaws.Command{fleet(test.nodes)}
			in := &ssm.ListCommandInvocationsInput{CommandId: aws.String(commandA)}
			if test.max > 0 {
				in.MaxResults = &test.max
			}
			ids, pages := read(t, client(serve(t, script)), in)
			if got := fmt.Sprint(pages); got != test.pages {
				t.Errorf("pages %s, want %s", got, test.pages)
			}
			if len(ids) != test.nodes {
				t.Errorf("%d nodes, want %d", len(ids), test.nodes)
			}
			for i, id := range ids {
				if want := fmt.Sprintf("i-%017x", i); id != want {
					t.Fatalf("node %d is %s, want %s", i, id, want)
				}
			}
		})
	}
}

// TestPagingWhileRowsAppear reads a list that grows meanwhile: a row that exists when its page is
// read appears once.
func TestPagingWhileRowsAppear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		command := fleet(6)
		for i := range command.Invocations {
			command.Invocations[i].VisibleAfter = fakeaws.Seconds(i % 2 * 10)
		}
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{command}, PageSize: 2}))
		in := &ssm.ListCommandInvocationsInput{CommandId: aws.String(commandA)}
		var got []string
		for p := ssm.NewListCommandInvocationsPaginator(c, in); p.HasMorePages(); time.Sleep(10 * time.Second) {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range out.CommandInvocations {
				got = append(got, (*row.InstanceId)[18:])
			}
		}
		if text := strings.Join(got, ""); text != "0245" {
			t.Errorf("nodes %s, want 0245", text)
		}
		if ids, _ := read(t, c, in); len(ids) != 6 {
			t.Errorf("%d nodes in the second reading, want 6", len(ids))
		}
	})
}

// TestFaultsWhilePaging has faults in the middle of a list: the SDK's retries succeed, but a
// repeated token makes it loop.
func TestFaultsWhilePaging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := fakeaws.Script{Commands: []fakeaws.Command{fleet(5)}, PageSize: 2, Faults: []fakeaws.Fault{
			{Operation: "ListCommandInvocations", Kind: fakeaws.Throttle, Skip: 1},
			{Operation: "ListCommandInvocations", Kind: fakeaws.Drop, Skip: 2},
		}}
		server := serve(t, script)
		in := &ssm.ListCommandInvocationsInput{CommandId: aws.String(commandA)}
		if ids, _ := read(t, client(server), in); len(ids) != 5 {
			t.Errorf("%d nodes, want 5", len(ids))
		}
		if got := fmt.Sprint(responses(server)); got != "[200 ThrottlingException 200 drop 200]" {
			t.Errorf("responses %s", got)
		}

		script.Faults = []fakeaws.Fault{{Kind: fakeaws.RepeatToken, Times: -1}}
		c := client(serve(t, script))
		p := ssm.NewListCommandInvocationsPaginator(c, in, func(o *ssm.ListCommandInvocationsPaginatorOptions) { o.StopOnDuplicateToken = true })
		pages := 0
		for ; p.HasMorePages() && pages < 10; pages++ {
			if _, err := p.NextPage(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if pages != 2 {
			t.Errorf("the SDK saw the repeated token after %d pages, want 2", pages)
		}
	})
}

// TestTokenOfAnotherList sends the token of another request.
func TestTokenOfAnotherList(t *testing.T) {
	c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{fleet(3)}, PageSize: 2}))
	out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{CommandId: aws.String(commandA)})
	if err != nil || out.NextToken == nil {
		t.Fatalf("first page: %+v, %v", out, err)
	}
	if _, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{NextToken: out.NextToken}); code(err) != "InvalidNextToken" {
		t.Errorf("got %v, want InvalidNextToken", err)
	}
}

// TestFilters sends each filter to both lists. Commands are sorted newest first.
func TestFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timedOut := []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: "TimedOut", StatusDetails: "ExecutionTimedOut"}}}}
		running := []fakeaws.Step{{Timeline: []fakeaws.Moment{{Status: "InProgress"}}}}
		start := time.Now()
		c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{
			{CommandID: commandA, SentAt: -100, Invocations: []fakeaws.Invocation{{InstanceID: nodeA}, {InstanceID: nodeB, Steps: timedOut}}},
			{CommandID: commandB, SentAt: -50, DocumentName: "Other", Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: running}}},
		}}))
		ago := func(span fakeaws.Seconds) string {
			return start.Add(-span.Duration()).UTC().Format(time.RFC3339)
		}
		tests := []struct{ key, value, commands, rows string }{
			{"", "", "2 1", "2a 1a 1b"},
			{"Status", "Success", "", "1a"},
			{"Status", "TimedOut", "", "1b"},
			{"Status", "ExecutionTimedOut", "", "1b"},
			{"Status", "Failed", "1", ""},
			{"Status", "InProgress", "2", "2a"},
			{"Status", "NoInstancesInTag", "", "ValidationException"},
			{"Status", "Undeliverable", "ValidationException", ""},
			{"Status", "Nonsense", "ValidationException", "ValidationException"},
			{"DocumentName", "Other", "2", "2a"},
			{"ExecutionStage", "Complete", "1", "InvalidFilterKey"},
			{"ExecutionStage", "Executing", "2", "InvalidFilterKey"},
			{"ExecutionStage", "Never", "ValidationException", "InvalidFilterKey"},
			{"InvokedAfter", ago(50), "2", "2a"},
			{"InvokedBefore", ago(50), "1", "1a 1b"},
			{"InvokedAfter", "yesterday", "ValidationException", "ValidationException"},
			{"Colour", "green", "ValidationException", "ValidationException"},
		}
		for _, test := range tests {
			var filters []types.CommandFilter
			if test.key != "" {
				filters = []types.CommandFilter{{Key: types.CommandFilterKey(test.key), Value: &test.value}}
			}
			if got := commandsOf(t, c, &ssm.ListCommandsInput{Filters: filters}); got != test.commands {
				t.Errorf("commands with %s=%s: %q, want %q", test.key, test.value, got, test.commands)
			}
			if got := rowsOf(t, c, &ssm.ListCommandInvocationsInput{Filters: filters}); got != test.rows {
				t.Errorf("rows with %s=%s: %q, want %q", test.key, test.value, got, test.rows)
			}
		}
		if got := commandsOf(t, c, &ssm.ListCommandsInput{InstanceId: aws.String(nodeB)}); got != "1" {
			t.Errorf("commands of node b: %q, want 1", got)
		}
		if got := rowsOf(t, c, &ssm.ListCommandInvocationsInput{InstanceId: aws.String(nodeA)}); got != "2a 1a" {
			t.Errorf("rows of node a: %q, want 2a 1a", got)
		}
		pending := []types.CommandFilter{{Key: "Status", Value: aws.String("Pending")}}
		if got := commandsOf(t, c, &ssm.ListCommandsInput{InstanceId: aws.String(nodeA), Filters: pending}); got != "ValidationException" {
			t.Errorf("Status=Pending with a node: %q, want ValidationException", got)
		}
	})
}

// commandsOf returns the first digit of each command's ID, or the error's code.
func commandsOf(t *testing.T, c *ssm.Client, in *ssm.ListCommandsInput) string {
	t.Helper()
	out, err := c.ListCommands(t.Context(), in)
	if err != nil {
		return code(err)
	}
	var ids []string
	for _, m := range out.Commands {
		ids = append(ids, (*m.CommandId)[:1])
	}
	return strings.Join(ids, " ")
}

// rowsOf returns for each row the first digit of the command's ID and the last of the node's, or
// the error's code.
func rowsOf(t *testing.T, c *ssm.Client, in *ssm.ListCommandInvocationsInput) string {
	t.Helper()
	out, err := c.ListCommandInvocations(t.Context(), in)
	if err != nil {
		return code(err)
	}
	var ids []string
	for _, row := range out.CommandInvocations {
		if len(row.CommandPlugins) != 0 {
			t.Errorf("steps without Details: %+v", row.CommandPlugins)
		}
		ids = append(ids, (*row.CommandId)[:1]+(*row.InstanceId)[18:])
	}
	return strings.Join(ids, " ")
}
