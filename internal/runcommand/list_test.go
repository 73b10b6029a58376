// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// An empty page with a token is not the last one, even in a list with one entry.
func TestEmptyPageBeforeTheOnlyEntry(t *testing.T) {
	paged := func(last string) func(int, string) (int, string) {
		return func(_ int, request string) (int, string) {
			if strings.Contains(request, "NextToken") {
				return 200, last
			}
			return 200, `{"Commands":[],"CommandInvocations":[],"NextToken":"t"}`
		}
	}
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": paged(commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)), "ListCommandInvocations": paged(rowBody("Success", ""))})
		if c, err := reader.Command(t.Context(), commandQuery()); err != nil || c.CommandID != command {
			t.Errorf("%+v, %v", c, err)
		}
		result, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.InstanceID = node }))
		if err != nil || len(result.Invocations) != 1 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// A command that moves to the next page between two requests counts once.
func TestCommandOnTwoPages(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": func(_ int, request string) (int, string) {
			if strings.Contains(request, "NextToken") {
				return 200, `{"Commands":[` + byComment(command, "deploy", 1) + `]}`
			}
			return 200, `{"Commands":[` + byComment(otherID, "x", 2) + "," + byComment(command, "deploy", 1) + `],"NextToken":"t"}`
		}})
		all, err := reader.Commands(t.Context(), CommandsQuery{MaxResults: 10, Timeout: time.Minute})
		if err != nil || len(all) != 2 {
			t.Errorf("%d commands, %v", len(all), err)
		}
		if _, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "deploy" })); err != nil {
			t.Error(err)
		}
	})
}

// A page token can expire during an outage. The list is then read from the start.
func TestExpiredPageToken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		expired := false
		reader, _ := responding(responses{"ListCommands": func(_ int, request string) (int, string) {
			switch {
			case !strings.Contains(request, "NextToken"):
				return 200, `{"Commands":[` + byComment(otherID, "x", 2) + `],"NextToken":"t"}`
			case !expired:
				expired = true
				return 400, `{"__type":"InvalidNextToken"}`
			}
			return 200, `{"Commands":[` + byComment(command, "y", 1) + `]}`
		}})
		if all, err := reader.Commands(t.Context(), CommandsQuery{Timeout: time.Minute}); err != nil || len(all) != 2 {
			t.Errorf("%d commands, %v", len(all), err)
		}
	})
}

// A list that always has one more page without anything new is not read at the speed of the
// network.
func TestEndlessListIsReadSlowly(t *testing.T) {
	for name, page := range map[string]string{
		"empty pages":           `{"Commands":[],"NextToken":"%d"}`,
		"the same page forever": strings.Replace(commandBody("Success", ""), "{", `{"NextToken":"%d",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, asked := responding(responses{"ListCommands": func(n int, _ string) (int, string) { return 200, fmt.Sprintf(page, n) }})
				_, err := reader.Commands(t.Context(), CommandsQuery{Timeout: 5 * time.Minute})
				if n := asked["ListCommands"]; err == nil || n > 320 || n < 250 {
					t.Errorf("%d requests in five minutes, %v", n, err)
				}
			})
		})
	}
}

// A list that times out reports how far it was read.
func TestListTimeoutReportsProgress(t *testing.T) {
	page := func(n int, _ string) (int, string) {
		time.Sleep(300 * time.Millisecond)
		return 200, fmt.Sprintf(`{"NextToken":"%d","Commands":[{"CommandId":"%08d-1111-4111-8111-111111111111","Status":"Success","Comment":"another"}]}`, n, n)
	}
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": page})
		_, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment, q.Timeout = "", "x", 8*time.Second }))
		var unfinished *UnfinishedListError
		if !errors.As(err, &unfinished) || unfinished.Rows < 20 || unfinished.Rows > 27 {
			t.Errorf("%#v", err)
		}
	})
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": page})
		_, err := reader.Commands(t.Context(), CommandsQuery{Timeout: 8 * time.Second})
		var unfinished *UnfinishedListError
		if !errors.As(err, &unfinished) || unfinished.Rows < 20 || unfinished.Rows > 27 {
			t.Errorf("%#v", err)
		}
	})
}

func TestRepeatedPageToken(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{fleet(300, 0)},
			Faults: []fakeaws.Fault{{Kind: fakeaws.RepeatToken, Skip: 2, Times: -1}}})
		_, err := reader.Invocations(t.Context(), fleetQuery())
		if _, ok := err.(*EndlessListError); !ok || server.Count("") > 10 { //nolint:errorlint // The contract is the type itself.
			t.Errorf("%v after %d requests", err, server.Count(""))
		}
	})
}

func TestHistoryOfANode(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{
			{CommandID: command, SentAt: -500, Invocations: []fakeaws.Invocation{{InstanceID: node}, {InstanceID: otherNode}}},
			{CommandID: otherID, SentAt: -900, DocumentName: "AWS-RunPatchBaseline", Invocations: []fakeaws.Invocation{{InstanceID: node}}},
		}})
		result, err := reader.Invocations(t.Context(), InvocationsQuery{InstanceID: node, Timeout: time.Minute})
		if err != nil || len(result.Invocations) != 2 || result.Invocations[0].CommandID != otherID || server.Count("") != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		result, err = reader.Invocations(t.Context(), InvocationsQuery{InstanceID: node, DocumentName: "AWS-RunPatchBaseline", OmitSteps: true, Timeout: time.Minute})
		if err != nil || len(result.Invocations) != 1 || len(result.Invocations[0].Steps) != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
	})
}

func TestListTooLarge(t *testing.T) {
	p := pages{limit: 64 << 20}
	calls := 0
	err := p.walk(t.Context(), "ListCommandInvocations", func(context.Context, *string) (page, error) {
		calls++
		return page{next: fmt.Sprint(calls), rows: 50, size: 10 << 20}, nil
	})
	large, ok := err.(*TooLargeError) //nolint:errorlint // The contract is the type itself.
	if !ok || calls != 7 || large.Rows != 350 || large.Limit != 64<<20 {
		t.Errorf("%v after %d pages", err, calls)
	}
}

func TestCommands(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(130), PageSize: 40}, func(*Options) {})
		all, err := reader.Commands(t.Context(), CommandsQuery{InstanceID: node, Timeout: time.Minute})
		if err != nil || len(all) != 130 || server.Count("") != 4 {
			t.Fatalf("%d commands, %v, %d requests", len(all), err, server.Count(""))
		}
		var ids []string
		for _, c := range all[:3] {
			ids = append(ids, c.CommandID[:8])
		}
		if diff := cmp.Diff([]string{"00000000", "00000001", "00000002"}, ids); diff != "" {
			t.Error(diff)
		}
		server.Reset()
		some, err := reader.Commands(t.Context(), CommandsQuery{MaxResults: 45, Timeout: time.Minute})
		if diff := cmp.Diff(all[:45], some); err != nil || diff != "" || server.Count("") != 2 {
			t.Errorf("%v, %d requests\n%s", err, server.Count(""), diff)
		}
	})
}
