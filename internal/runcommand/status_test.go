// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Only four statuses are terminal. The SDK's enum may grow: a new value continues, and this test
// fails until the table has it.
func TestInvocationStatuses(t *testing.T) {
	want := map[types.CommandInvocationStatus]bool{
		"Pending": false, "InProgress": false, "Delayed": false, "Cancelling": false,
		"Success": true, "Failed": true, "TimedOut": true, "Cancelled": true,
	}
	for _, s := range types.CommandInvocationStatus("").Values() {
		ended, known := want[s]
		if !known {
			t.Errorf("the table lacks status %q of the SDK", s)
		}
		if got := invocationComplete(s); got != ended {
			t.Errorf("%s: complete: %t", s, got)
		}
		delete(want, s)
	}
	if len(want) > 0 {
		t.Errorf("not in the SDK any more: %v", want)
	}
	for _, s := range []types.CommandInvocationStatus{"", "Rebooting", "success"} {
		if invocationComplete(s) {
			t.Errorf("unknown status %q is terminal", s)
		}
	}
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
