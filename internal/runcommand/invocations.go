// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// InvocationsQuery requests the invocations of a command, of a node, or both.
type InvocationsQuery struct {
	CommandID, InstanceID string
	// Command is the command if the caller has read it, or nil. A complete command is not read
	// again.
	Command                                           *Command
	Status, DocumentName, InvokedAfter, InvokedBefore string
	// OmitSteps omits the steps of each invocation.
	OmitSteps bool
	// NoWait returns the current entries. Without a CommandID, the read never waits.
	NoWait     bool
	Visibility time.Duration
	Started    time.Time
	Timeout    time.Duration
}

// InvocationsResult is the result of [Client.Invocations].
type InvocationsResult struct {
	// Invocations are sorted by instance ID, then requested time, then command ID.
	Invocations []NodeInvocation
	// All are the invocations before the query's filters. They decide whether the command
	// succeeded.
	All []NodeInvocation
	// NoNodeMatched is set if the command is complete without any node: its targets matched none,
	// or could not be resolved. Status and StatusDetails show which.
	NoNodeMatched         bool
	Status, StatusDetails string
}

// Succeeded reports whether the command has at least one invocation, and all of them succeeded.
func (r *InvocationsResult) Succeeded() bool {
	return len(r.All) > 0 && !slices.ContainsFunc(r.All, func(n NodeInvocation) bool { return !n.Succeeded() })
}

// quickReads is the number of times to read all entries of a complete command on the schedule of
// package poll. A read can take many requests, so further reads are one minute apart.
const quickReads = 3

// Invocations reads the invocations of a command on all its nodes or on one, or all invocations of
// a node. With a command, it waits until they are complete unless NoWait is set. With an error, the
// result has the entries of the last read.
//
// While it waits, it calls ListCommands, with one request for each poll regardless of the number of
// nodes. It reads the entries when the command is complete.
//
// The errors, by type: [*NotFoundError], [*StillRunningError], [*TooLargeError],
// [*EndlessListError], [*UnfinishedListError], [*AccessDeniedError], [*CredentialsError],
// [*ConfigurationError], [*RejectedError], [*UnavailableError], [*InterruptedError].
func (c *Client) Invocations(ctx context.Context, q InvocationsQuery) (InvocationsResult, error) {
	r := &invocationsRead{operation: c.begin(q.Started, q.Timeout), query: q, command: q.Command}
	err := r.run(ctx, r.first())
	return r.result(), err
}

// invocationsRead has the members that the states of a read of invocations share.
//
//	listingHistory  → done: without a command
//	watching        → readingEntries: until the command is complete
//	readingEntries  → watching | done
//	watchingNode    → done: one node of a command
//	takingEntries   → done: a command as it is
type invocationsRead struct {
	operation
	query   InvocationsQuery
	list    *invocationList // The list in progress; nil between lists.
	entries []NodeInvocation
	command *Command // The last response of ListCommands, nil without one.
	noNode  bool     // The command is complete without any node.
}

// first returns the first state of the query.
func (r *invocationsRead) first() poll.State {
	q := r.query
	switch {
	case q.CommandID == "":
		return &listingHistory{r}
	case q.InstanceID != "":
		return &watchingNode{invocationsRead: r, lookup: r.newLookup(q.CommandID, q.InstanceID, q.Visibility)}
	case q.NoWait:
		return &takingEntries{invocationsRead: r, lookup: r.newLookup(q.CommandID, "", q.Visibility), grace: poll.Grace{Limit: q.Visibility}}
	}
	watching := &watching{invocationsRead: r, lookup: r.newLookup(q.CommandID, "", q.Visibility), short: poll.Grace{Limit: contradictionGrace}}
	if r.command != nil && r.command.Complete() {
		return &readingEntries{watching}
	}
	return watching
}

// readEntries reads all entries. It continues where an earlier poll failed.
func (r *invocationsRead) readEntries(ctx context.Context) error {
	if r.list == nil {
		r.list = r.newList()
	}
	if err := r.list.readAll(ctx); err != nil {
		return err
	}
	r.entries, r.list = r.list.sorted(), nil
	return nil
}

func (r *invocationsRead) newList() *invocationList {
	q := r.query
	l := &invocationList{operation: r.operation, in: ssm.ListCommandInvocationsInput{Details: !q.OmitSteps, MaxResults: aws.Int32(pageSize)}}
	if q.CommandID != "" {
		l.in.CommandId = aws.String(q.CommandID)
		return l
	}
	if q.InstanceID != "" {
		l.in.InstanceId = aws.String(q.InstanceID)
	}
	l.in.Filters = filters(byStatus, q.Status, byDocument, q.DocumentName, byInvokedAfter, q.InvokedAfter, byInvokedBefore, q.InvokedBefore)
	return l
}

// result applies the filters that were not part of the requests.
func (r *invocationsRead) result() InvocationsResult {
	result := InvocationsResult{All: r.entries, Invocations: r.entries, NoNodeMatched: r.noNode}
	if r.noNode {
		result.Status, result.StatusDetails = r.command.Status, r.command.StatusDetails
	}
	if r.query.CommandID != "" {
		result.Invocations = slices.DeleteFunc(slices.Clone(r.entries), func(n NodeInvocation) bool { return !r.query.matches(&n) })
	}
	return result
}

// find requests the command, and reports whether the response has it. After the first such
// response, a missing command is always retried.
func (r *invocationsRead) find(ctx context.Context, l *lookup) (bool, error) {
	command, err := r.findCommand(ctx, r.query.CommandID)
	switch {
	case err != nil:
		return false, err
	case command != nil:
		r.command = command
		return true, nil
	case r.command != nil:
		return false, nil
	}
	return false, l.absent(ctx)
}

// timedOut returns the error of a read whose deadline passes.
func (r *invocationsRead) timedOut(ctx context.Context, l *lookup) error {
	c := r.command
	switch {
	case c == nil && !l.grace.Started():
		return r.unreached(r.Trouble())
	case c == nil:
		return l.timedOut(ctx)
	case c.Complete() && r.Trouble() != nil:
		return r.contradiction(listCommandInvocations, "the command is complete ("+c.Status+"), but its invocations could not be read")
	}
	return r.stillRunning(ctx, &StillRunningError{
		Status: c.Status, StatusDetails: c.StatusDetails, Source: FromCommand,
		Completed: countOf(c.CompletedCount), Targets: countOf(c.TargetCount), Listed: len(r.entries),
	}, r.query.CommandID, c)
}

// listingHistory: the invocations on a node or by filter are read once. Without a command, it is
// not known which entries to wait for.
type listingHistory struct{ *invocationsRead }

func (s *listingHistory) Poll(ctx context.Context) (poll.State, error) {
	return nil, s.readEntries(ctx)
}

func (s *listingHistory) TimedOut(context.Context) error {
	return s.unfinished(listCommandInvocations, len(s.list.entries))
}

// watching: the command is not complete, or its entries are not.
type watching struct {
	*invocationsRead
	lookup *lookup
	reads  int        // The number of reads of all entries since the command is complete.
	next   time.Time  // When to read them again.
	short  poll.Grace // Starts when the list has fewer entries than [Command.expected].
}

func (s *watching) Poll(ctx context.Context) (poll.State, error) {
	if time.Now().Before(s.next) {
		return s, nil
	}
	if found, err := s.find(ctx, s.lookup); !found || !s.command.Complete() {
		return s, err
	}
	return (&readingEntries{s}).Poll(ctx)
}

func (s *watching) PollBy() time.Time {
	if s.command != nil {
		return s.next
	}
	return s.lookup.next
}

// TimedOut reads the entries of a complete command for the last time: the latest read can be a
// minute ago, or the command was complete too late for any.
func (s *watching) TimedOut(ctx context.Context) error {
	if s.command != nil && s.command.Complete() {
		if next, err := (&readingEntries{s}).Poll(ctx); next == nil && err == nil {
			return nil
		}
	}
	return s.timedOut(ctx, s.lookup)
}

// readingEntries: the command is complete, and all its entries are read. An entry can become
// visible, or complete, after the command is complete.
type readingEntries struct{ *watching }

func (s *readingEntries) Poll(ctx context.Context) (poll.State, error) {
	if err := s.readEntries(ctx); err != nil {
		return s, err
	}
	now := time.Now()
	late := len(s.entries) < s.command.expected()
	switch {
	case !late:
		s.short.Reset()
	case s.short.Over(now):
		return nil, s.contradiction(listCommandInvocations, fmt.Sprintf("ListCommands reports the command as complete (%s) on %d of %d nodes, but ListCommandInvocations lists %d",
			s.command.Status, countOf(s.command.CompletedCount), countOf(s.command.TargetCount), len(s.entries)))
	}
	if late || slices.ContainsFunc(s.entries, func(n NodeInvocation) bool { return !n.Complete() }) {
		if s.reads++; s.reads > quickReads {
			s.next = now.Add(lookupEvery)
		}
		return s.watching, nil
	}
	s.noNode = s.command.hasNoTarget() && len(s.entries) == 0
	return nil, nil
}

// watchingNode: the entry of one node of a command is not complete, or not visible yet.
type watchingNode struct {
	*invocationsRead
	lookup *lookup
}

func (s *watchingNode) Poll(ctx context.Context) (poll.State, error) {
	entry, err := s.findEntry(ctx, s.query.CommandID, s.query.InstanceID)
	switch {
	case err != nil:
		return nil, err
	case entry == nil && len(s.entries) > 0:
		return s, nil
	case entry == nil:
		return s, s.lookup.absent(ctx)
	}
	if s.query.OmitSteps {
		entry.Steps = nil
	}
	s.entries = []NodeInvocation{*entry}
	if s.query.NoWait || entry.Complete() {
		return nil, nil
	}
	return s, nil
}

func (s *watchingNode) PollBy() time.Time {
	if len(s.entries) > 0 {
		return time.Time{}
	}
	return s.lookup.next
}

func (s *watchingNode) TimedOut(ctx context.Context) error {
	switch {
	case len(s.entries) > 0:
		last := s.entries[0]
		return s.stillRunning(ctx, &StillRunningError{Status: last.Status, StatusDetails: last.StatusDetails, Source: FromNode}, s.query.CommandID, nil)
	case !s.lookup.grace.Started():
		return s.unreached(s.Trouble())
	}
	return s.lookup.timedOut(ctx)
}

// takingEntries: the current entries of a command are read. An empty list can mean that the command
// is not visible yet, that its targets are not resolved, or that it matched no node.
type takingEntries struct {
	*invocationsRead
	lookup *lookup
	grace  poll.Grace
}

func (s *takingEntries) Poll(ctx context.Context) (poll.State, error) {
	if err := s.readEntries(ctx); err != nil {
		return nil, err
	}
	if len(s.entries) > 0 {
		return nil, nil
	}
	if found, err := s.find(ctx, s.lookup); !found {
		return s, err
	}
	over := s.grace.Over(time.Now())
	s.noNode = s.command.Complete() && s.command.hasNoTarget()
	if s.noNode || over {
		return nil, nil
	}
	return s, nil
}

func (s *takingEntries) PollBy() time.Time {
	if s.command == nil {
		return s.lookup.next
	}
	return s.grace.Ends()
}

func (s *takingEntries) TimedOut(ctx context.Context) error { return s.timedOut(ctx, s.lookup) }

// matches reports whether an entry matches the filters. The entries of one command are requested
// without filters, because a list that is empty because of a filter looks like one that is not
// visible yet.
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

// sameDocument compares documents by the last segment of their names, because some responses have
// the ARN of a shared document and others its name.
func sameDocument(a, b string) bool {
	return a[strings.LastIndexByte(a, '/')+1:] == b[strings.LastIndexByte(b, '/')+1:]
}
