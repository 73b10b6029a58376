// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"slices"
	"time"
)

// Behavior selects how the service treats commands that are sent at run time, for behavior that
// varies, changed over the years, or was never recorded. The zero value is the most recent recorded
// behavior, or the most likely one if there is no recording.
type Behavior struct {
	// VisibleAfter counts from the send time: until then GetCommandInvocation returns
	// InvocationDoesNotExist. In recordings, one request in four returned it 3 ms after
	// SendCommand, and none 3 s after it.
	VisibleAfter Seconds `json:"visible_after,omitempty"`
	// ListedAfter is the same for ListCommandInvocations, which then returns no row. Defaults to
	// VisibleAfter.
	ListedAfter *Seconds `json:"listed_after,omitempty"`
	// CommandListedAfter is the same for ListCommands, and for CancelCommand, which then returns
	// InvalidCommandId. The API reference says only that Run Command is eventually consistent.
	CommandListedAfter Seconds `json:"command_listed_after,omitempty"`
	// ResolvedAfter counts from the send time: when the service finds the nodes of a command that
	// was sent to targets. Defaults to 3 seconds, when NoInstancesInTag was recorded.
	ResolvedAfter *Seconds `json:"resolved_after,omitempty"`
	// ForgottenAfter counts from the send time. Defaults to 30 days.
	ForgottenAfter *Seconds `json:"forgotten_after,omitempty"`

	// CancelTakes is the time from CancelCommand to Cancelled. Defaults to 3 seconds, as recorded
	// for a script that was running.
	CancelTakes *Seconds `json:"cancel_takes,omitempty"`
	// ShowCancelling returns the status Cancelling until then. The API model has this status, but
	// recorded responses had InProgress.
	ShowCancelling bool `json:"show_cancelling,omitempty"`

	// RefuseConnectionLost makes SendCommand reject a node whose ping status is not Online. By
	// default SendCommand accepts such a node, which is assumed: rejections were recorded only for
	// nodes that are stopped or not registered.
	RefuseConnectionLost bool `json:"refuse_connection_lost,omitempty"`
	// NameInvalidInstances lists the rejected nodes in the message of InvalidInstanceId, as in 2021
	// and 2022.
	NameInvalidInstances bool `json:"name_invalid_instances,omitempty"`
	// UnknownInstanceError makes DescribeInstanceInformation return InvalidInstanceId if a filter
	// names a node that is not registered, as the API reference documents. The default is an empty
	// list, on which existing callers rely.
	UnknownInstanceError bool `json:"unknown_instance_error,omitempty"`
	// MissingBuckets are buckets that do not exist: SendCommand rejects them with
	// InvalidOutputFolder.
	MissingBuckets []string `json:"missing_buckets,omitempty"`
}

// resolvedAfter is how long after the send time a command with targets has its nodes.
func (b Behavior) resolvedAfter() Seconds { return orSeconds(b.ResolvedAfter, 3) }

// cancelTakes is how long after CancelCommand an invocation is Cancelled.
func (b Behavior) cancelTakes() time.Duration { return orSeconds(b.CancelTakes, 3).Duration() }

// forgottenAfter is how long the service keeps a command.
func (b Behavior) forgottenAfter() time.Duration {
	return orSeconds(b.ForgottenAfter, 30*24*3600).Duration()
}

func orSeconds(s *Seconds, value Seconds) Seconds {
	if s != nil {
		return *s
	}
	return value
}

// validate checks the behavior of a script.
func (b Behavior) validate() error {
	if slices.Contains(b.MissingBuckets, "") {
		return fmt.Errorf("missing_buckets: the name of a bucket is empty")
	}
	return checkTimes(map[string]*Seconds{
		"visible_after": &b.VisibleAfter, "listed_after": b.ListedAfter, "command_listed_after": &b.CommandListedAfter,
		"resolved_after": b.ResolvedAfter, "forgotten_after": b.ForgottenAfter, "cancel_takes": b.CancelTakes,
	}, 0)
}
