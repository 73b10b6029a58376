// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// To look once is not to wait: one request, and a command that is not visible is none.
func TestLookUpCommand(t *testing.T) {
	virtual(t, func(t *testing.T) {
		c := fleet(3, 100)
		reader, server := serve(t, fakeaws.Script{Commands: []fakeaws.Command{c}})
		found, err := reader.LookUpCommand(t.Context(), c.CommandID, time.Minute)
		if err != nil || found == nil || found.Ended() || server.Count("") != 1 {
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
		if err != nil || !last.Ended() || server.Count("ListCommandInvocations")+server.Count("GetCommandInvocation") > 0 {
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
