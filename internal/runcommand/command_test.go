// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// A search that starts again does not go back further than invoked_after.
func TestCommentSearchKeepsInvokedAfter(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": func(n int, request string) (int, string) {
			list := byComment(otherID, "other", 1)
			if n > 0 && !strings.Contains(request, `"value":"2000-01-01T00:00:00Z"`) {
				list += "," + byComment("33333333-3333-4333-8333-333333333333", "deploy", -2) // In the results if the search goes back further.
			}
			if n > 2 {
				list = byComment(command, "deploy", 2) + "," + list
			}
			return 200, `{"Commands":[` + list + `]}`
		}})
		c, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) {
			q.CommandID, q.Comment, q.InvokedAfter = "", "deploy", "2000-01-01T00:00:00Z"
		}))
		if err != nil || c.CommandID != command {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// Responses that contradict each other, that are about something else, or that no service would
// send. None of them may become a value, and each has an end.

// A comment is found in whatever normalization form it was sent. Terraform makes NFC of every
// string; file names of macOS and what is pasted from them are NFD.
func TestCommentIsComparedInOneNormalizationForm(t *testing.T) {
	const comment = "d\u00e9ploiement 4.2"
	for _, sent := range []string{norm.NFC.String(comment), norm.NFD.String(comment)} {
		virtual(t, func(t *testing.T) {
			reader, _ := responding(responses{"ListCommands": always(200, commandBody("Success", fmt.Sprintf(`,"Comment":%q,"TargetCount":1,"CompletedCount":1`, sent)))})
			found, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", comment }))
			if err != nil || found.CommandID != command || found.Comment != sent {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

func TestCommandByID(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(7, 40)
		c.ListedAfter, c.Comment = 8, "deploy"
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		got, err := reader.Command(t.Context(), commandQuery())
		if err != nil {
			t.Fatal(err)
		}
		elapsedBetween(t, epoch, 40*time.Second, 48*time.Second)
		if got.Status != "Success" && got.Status != "Failed" || countOf(got.CompletedCount) != 7 || countOf(got.ErrorCount) != 1 || got.Comment != "deploy" || !got.Complete() || got.Succeeded() {
			t.Errorf("%+v", got)
		}
		if !got.RequestedDateTime.Equal(epoch) {
			t.Errorf("requested %s", got.RequestedDateTime)
		}
		server.Reset()
		if _, err := reader.Command(t.Context(), commandQuery()); err != nil || server.Count("") != 1 {
			t.Errorf("%v, %d requests for a complete command", err, server.Count(""))
		}
	})
}

func TestUnknownCommand(t *testing.T) {
	for name, c := range map[string]struct {
		faults []fakeaws.Fault
		known  bool
	}{
		"both lists are empty": {},
		"the rows are denied":  {faults: []fakeaws.Fault{{Kind: fakeaws.AccessDenied, Operation: "ListCommandInvocations", Times: -1}}, known: true},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := serve(t, fakeaws.Script{Faults: c.faults})
				_, err := reader.Command(t.Context(), commandQuery())
				elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
				if missing, ok := err.(*NotFoundError); !ok || missing.CommandUnknown() == c.known { //nolint:errorlint // The contract is the type itself.
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// The comment is the only value that the caller of SendCommand can choose and a read can search
// for.
func TestCommandByComment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fakeaws.Command{CommandID: command, Comment: "deploy 7", ListedAfter: 6, Invocations: []fakeaws.Invocation{{InstanceID: node, Steps: []fakeaws.Step{done(0, 20, "")}}}}
		reader, server := serve(t, fakeaws.Script{Commands: append(history(1000), c)})
		got, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "deploy 7" }))
		if err != nil || got.CommandID != command || got.Status != "Success" {
			t.Fatalf("%+v, %v", got, err)
		}
		// The history is read once, and after that only what is new.
		if n := server.Count(""); n < 21 || n > 40 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestCommandByCommentAndTime(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(3000)})
		after := epoch.Add(-11 * time.Minute).Format(time.RFC3339)
		got, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment, q.InvokedAfter = "", "nightly 3", after }))
		if err != nil || got.CommandID != history(4)[3].CommandID || server.Count("") != 1 {
			t.Errorf("%+v, %v, %d requests", got, err, server.Count(""))
		}
	})
}

func TestSeveralCommandsWithOneComment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _ := serve(t, fakeaws.Script{Commands: history(25)})
		q := commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "nightly 3" })
		_, err := reader.Command(t.Context(), q)
		several, ok := err.(*SeveralCommandsError) //nolint:errorlint // The contract is the type itself.
		if !ok || len(several.Commands) != 3 || several.Commands[0].CommandID != history(4)[3].CommandID {
			t.Fatalf("%+v", err)
		}
		q.MostRecent = true
		if got, err := reader.Command(t.Context(), q); err != nil || got.CommandID != several.Commands[0].CommandID {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestUnknownComment(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server := serve(t, fakeaws.Script{Commands: history(500)})
		_, err := reader.Command(t.Context(), commandQuery(func(q *CommandQuery) { q.CommandID, q.Comment = "", "no such comment" }))
		elapsedBetween(t, epoch, 30*time.Second, 31*time.Second)
		if missing, ok := err.(*NotFoundError); !ok || !missing.CommandUnknown() || server.Count("") > 30 { //nolint:errorlint // The contract is the type itself.
			t.Errorf("%v after %d requests", err, server.Count(""))
		}
	})
}

// To look once is not to wait: one request, and a command that is not visible is none.
func TestLookUpCommand(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(3, 100)
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		found, err := reader.LookUpCommand(t.Context(), c.CommandID, time.Minute)
		if err != nil || found == nil || found.Complete() || server.Count("") != 1 {
			t.Errorf("%+v, %v, %d requests", found, err, server.Count(""))
		}
		if found, err := reader.LookUpCommand(t.Context(), otherID, time.Minute); err != nil || found != nil {
			t.Errorf("%+v, %v", found, err)
		}
		elapsedBetween(t, epoch, 0, 0)
	})
	for kind, want := range map[fakeaws.FaultKind]error{fakeaws.AccessDenied: new(AccessDeniedError), fakeaws.ValidationError: new(RejectedError), fakeaws.HTML503: new(UnavailableError)} {
		virtual(t, func(t *testing.T) {
			reader, _ := serve(t, fakeaws.Script{Faults: []fakeaws.Fault{{Kind: kind, Times: -1}}})
			_, err := reader.LookUpCommand(t.Context(), command, time.Minute)
			if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", want) {
				t.Errorf("%s: %T (%v), want %T", kind, err, err, want)
			}
			elapsedBetween(t, epoch, 0, 15*time.Second)
		})
	}
}

// A wait for a command that was seen begins where that was, and returns the last values with the
// error.
func TestWaitCommand(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(2, 100)
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		var progress []string
		q := CommandQuery{CommandID: c.CommandID, Timeout: time.Hour, Progress: func(c Command) {
			progress = append(progress, fmt.Sprintf("%s %d/%d", c.Status, countOf(c.CompletedCount), countOf(c.TargetCount)))
		}}
		seen, err := reader.Command(t.Context(), CommandQuery{CommandID: c.CommandID, NoWait: true, Timeout: time.Hour, Progress: q.Progress})
		if err != nil {
			t.Fatal(err)
		}
		server.Reset()
		last, err := reader.WaitCommand(t.Context(), q, seen)
		if err != nil || !last.Complete() || server.Count("ListCommandInvocations")+server.Count("GetCommandInvocation") > 0 {
			t.Errorf("%+v, %v", last, err)
		}
		if diff := cmp.Diff([]string{"InProgress 0/2", "Success 2/2"}, progress); diff != "" {
			t.Error(diff)
		}
	})
	virtual(t, func(t *testing.T) {
		c := fleet(2, 1e6)
		reader, _ := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		last, err := reader.WaitCommand(t.Context(), CommandQuery{Timeout: time.Minute}, Command{CommandID: c.CommandID})
		var running *StillRunningError
		if !errors.As(err, &running) || last.Status != "InProgress" || countOf(last.TargetCount) != 2 {
			t.Errorf("%+v, %v", last, err)
		}
	})
}

func TestCommandStatuses(t *testing.T) {
	want := map[types.CommandStatus]bool{
		"Pending": false, "InProgress": false, "Cancelling": false,
		"Success": true, "Failed": true, "TimedOut": true, "Cancelled": true,
	}
	for _, s := range types.CommandStatus("").Values() {
		ended, known := want[s]
		if !known {
			t.Errorf("the table lacks status %q of the SDK", s)
		}
		if got := commandComplete(s); got != ended {
			t.Errorf("%s: complete: %t", s, got)
		}
	}
	if commandComplete("Incomplete") || commandComplete("") {
		t.Error("an unknown status is terminal")
	}
}
