// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"slices"
	"strings"
	"time"
)

// InvocationsQuery requests the invocations of a command, of a node, or both.
type InvocationsQuery struct {
	CommandID, InstanceID string
	// Command is the command if the caller has read it: a complete one is not read again.
	Command                                           *Command
	Status, DocumentName, InvokedAfter, InvokedBefore string
	// OmitSteps leaves out the steps of each invocation.
	OmitSteps bool
	// NoWait takes the entries as they are. Without a CommandID there is nothing to wait for.
	NoWait     bool
	Visibility time.Duration
	Started    time.Time
	Timeout    time.Duration
}

// InvocationsResult is what a read of invocations found.
type InvocationsResult struct {
	// Invocations are sorted by instance ID, then requested time, then command ID.
	Invocations []NodeInvocation
	// All are the invocations before the query's filters, for judging success; the same entries
	// if nothing was filtered here.
	All []NodeInvocation
	// NoNodeMatched is set if the command is complete without any node: its targets matched none,
	// or could not be resolved, as Status and StatusDetails tell.
	NoNodeMatched         bool
	Status, StatusDetails string
}

// Succeeded reports whether the command did on all its nodes what it was sent for. With no node it
// did nothing.
func (r *InvocationsResult) Succeeded() bool {
	return len(r.All) > 0 && !slices.ContainsFunc(r.All, func(n NodeInvocation) bool { return !n.Succeeded() })
}

// matches applies to an entry the filters that the service would have applied. The entries of one
// command are read whole, since a response that is empty because of a filter must not be taken for
// one that is not there yet.
func (q InvocationsQuery) matches(n *NodeInvocation) bool {
	if q.Status != "" && n.Status != q.Status && n.StatusDetails != q.Status {
		return false
	}
	if q.DocumentName != "" && !sameDocument(n.DocumentName, q.DocumentName) {
		return false
	}
	if after, err := time.Parse(time.RFC3339, q.InvokedAfter); err == nil && n.RequestedDateTime.Before(after) {
		return false
	}
	if before, err := time.Parse(time.RFC3339, q.InvokedBefore); err == nil && !n.RequestedDateTime.Before(before) {
		return false
	}
	return true
}

// sameDocument compares documents by the last segment: a shared document is named by its ARN in
// one place and by its name in another.
func sameDocument(a, b string) bool {
	return a[strings.LastIndexByte(a, '/')+1:] == b[strings.LastIndexByte(b, '/')+1:]
}
