// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"slices"
	"time"
)

// Behavior is how the service behaves towards commands that are sent at run time, where its
// behavior varies, changed over the years, or was never recorded. The zero value is what was
// recorded last, or else what is most likely.
type Behavior struct {
	// VisibleAfter counts from the send time: until then GetCommandInvocation returns
	// InvocationDoesNotExist. One request in four was answered so 3 ms after SendCommand, and none
	// 3 s after it.
	VisibleAfter Seconds `json:"visible_after,omitempty"`
	// ListedAfter is the same for ListCommandInvocations, which then returns no row. VisibleAfter
	// where none is given.
	ListedAfter *Seconds `json:"listed_after,omitempty"`
	// CommandListedAfter is the same for ListCommands, and for CancelCommand, which then returns
	// InvalidCommandId. The API reference says only that Run Command is eventually consistent.
	CommandListedAfter Seconds `json:"command_listed_after,omitempty"`
	// ResolvedAfter counts from the send time: when the service finds the nodes of a command that
	// was sent to targets. It is 3 seconds where none is given: NoInstancesInTag was recorded then.
	ResolvedAfter *Seconds `json:"resolved_after,omitempty"`
	// ForgottenAfter counts from the send time: 30 days where none is given.
	ForgottenAfter *Seconds `json:"forgotten_after,omitempty"`

	// CancelTakes is the time from CancelCommand to Cancelled: 3 seconds where none is given, as
	// recorded of a script that was running.
	CancelTakes *Seconds `json:"cancel_takes,omitempty"`
	// ShowCancelling shows the status Cancelling until then. The model has it; recorded was
	// InProgress.
	ShowCancelling bool `json:"show_cancelling,omitempty"`

	// RefuseConnectionLost makes SendCommand refuse a node whose ping status is not Online. That it
	// accepts one is deduced: refusals were recorded of nodes that are stopped or not registered.
	RefuseConnectionLost bool `json:"refuse_connection_lost,omitempty"`
	// NameInvalidInstances has the refused nodes in the text of InvalidInstanceId, as it was in
	// 2021 and 2022.
	NameInvalidInstances bool `json:"name_invalid_instances,omitempty"`
	// UnknownInstanceError makes DescribeInstanceInformation return InvalidInstanceId if a filter
	// names a node that is not registered, as the API reference has it. Code that calls the API
	// relies on an empty list.
	UnknownInstanceError bool `json:"unknown_instance_error,omitempty"`
	// MissingBuckets are those that do not exist: SendCommand refuses them with
	// InvalidOutputFolder.
	MissingBuckets []string `json:"missing_buckets,omitempty"`
}

// resolvedAfter is how long after it was sent a command to targets has its nodes.
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

// validate checks the behavior that a script wants.
func (b Behavior) validate() error {
	if slices.Contains(b.MissingBuckets, "") {
		return fmt.Errorf("missing_buckets: a bucket without a name")
	}
	return checkTimes(map[string]*Seconds{
		"visible_after": &b.VisibleAfter, "listed_after": b.ListedAfter, "command_listed_after": &b.CommandListedAfter,
		"resolved_after": b.ResolvedAfter, "forgotten_after": b.ForgottenAfter, "cancel_takes": b.CancelTakes,
	}, 0)
}
