// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	// firstLookup is the time from the first "does not exist" to the first call of the list
	// operations. Nearly every command is visible by then.
	firstLookup = 5 * time.Second
	// lookupEvery is the time between calls of the list operations after the grace period.
	lookupEvery = time.Minute
	// contradictionGrace is the maximum time in which two operations may contradict each other
	// about something that is complete. The read then fails.
	contradictionGrace = 5 * time.Minute
)

// Existence is what the two list operations return about a command and a node. GetCommandInvocation
// returns the same error, InvocationDoesNotExist, for an invocation that is not visible yet, that
// never existed, that is on another node, or that is more than 30 days old. The list operations
// distinguish these cases.
type Existence struct {
	// Command is what ListCommands returns, nil if it has no record of the command.
	Command *Command
	// CommandDenied is set if ListCommands was rejected.
	CommandDenied *Response
	// Node is the node's entry in ListCommandInvocations, nil if there is none.
	Node *NodeInvocation
	// InvocationsDenied is set if ListCommandInvocations was rejected.
	InvocationsDenied *Response
	// Nodes are IDs of nodes to which the command was sent: those that it names, or else the first
	// 50 that have entries.
	Nodes []string

	complete bool               // Every node of the command has an entry, and is in Nodes.
	trouble  *awscall.CallError // The latest failure of a list operation other than a rejection, nil without one.
}

// conclusion is the meaning of an Existence for a read to which GetCommandInvocation returned
// InvocationDoesNotExist.
type conclusion int

const (
	undecided conclusion = iota // The grace period decides.
	pending                     // The invocation can become visible until the deadline.
	notFound                    // The invocation does not exist.
)

// decide returns the conclusion about a node, or about a command if node is "". graceOver is
// whether the grace period is over. TestDecide has the complete truth table.
//
// A command can be complete before its last invocation is visible. So before the end of the grace
// period, a complete command without the node is notFound only if all of its entries were read, or
// if it names other nodes.
func (e Existence) decide(node string, graceOver bool) conclusion {
	last := notFound
	if !graceOver || e.trouble != nil {
		last = undecided
	}
	switch {
	case e.Node != nil:
		return pending
	case node == "" && (e.Command != nil || len(e.Nodes) > 0):
		return pending
	case e.Command == nil:
		return last
	case !e.Command.reaches(node):
		return notFound
	case !e.Command.Complete():
		return pending
	case e.complete && !containsID(e.Nodes, node):
		return notFound
	default:
		return last
	}
}

// containsID reports whether ids contains id, regardless of case, as in the service.
func containsID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) })
}

// lookup handles the response "does not exist" about a command and a node. It calls the list
// operations 5 seconds after the first such response, at the end of the grace period, and then once
// a minute.
type lookup struct {
	operation
	command, node string // The node is "" for a read of the command.
	grace         poll.Grace
	ended         poll.Grace // Starts when the node's entry is complete.
	next          time.Time  // When to call the list operations.
	existence     Existence  // Their last responses.
}

func (r operation) newLookup(command, node string, visibility time.Duration) *lookup {
	return &lookup{
		operation: r, command: command, node: node,
		grace: poll.Grace{Limit: visibility}, ended: poll.Grace{Limit: contradictionGrace},
	}
}

// absent handles one response "does not exist". It returns nil to poll again, or the error of the
// read.
func (l *lookup) absent(ctx context.Context) error {
	now := time.Now()
	if !l.grace.Started() {
		l.next = now.Add(min(firstLookup, l.grace.Limit))
	}
	over := l.grace.Over(now)
	if unknown, ok := l.client.unknown.get(l.command); ok && unknown >= l.grace.Limit {
		return &NotFoundError{Waited: unknown}
	}
	if now.Before(l.next) {
		return nil
	}
	existence, err := l.lookUp(ctx)
	if err != nil {
		return err
	}
	l.existence = existence
	if existence.decide(l.node, over) == notFound {
		return l.notFound()
	}
	l.next = l.grace.Ends()
	if over {
		l.next = now.Add(lookupEvery)
	}
	switch entry := existence.Node; {
	case entry == nil || !entry.Complete():
		l.ended.Reset()
	case l.ended.Over(now):
		// The entry is complete, so that GetCommandInvocation should return the invocation.
		return l.byEntry(ctx, entry)
	}
	return nil
}

// notFound returns a [*NotFoundError], and caches a command of which the service has no record.
func (l *lookup) notFound() error {
	e := &NotFoundError{Existence: l.existence, Waited: l.grace.Lasted(time.Now())}
	if e.CommandUnknown() {
		l.client.unknown.put(l.command, e.Waited)
	}
	return e
}

// timedOut returns the error of a read whose deadline passes while the service reports "does not
// exist". It calls the list operations again.
func (l *lookup) timedOut(ctx context.Context) error {
	existence, err := l.lookUp(ctx)
	responded := err == nil && existence.trouble == nil
	if responded {
		l.existence = existence
	}
	switch e := l.existence; {
	case e.Node != nil:
		return l.byEntry(ctx, e.Node)
	case e.Command != nil && e.decide(l.node, true) == pending:
		running := &StillRunningError{Status: e.Command.Status, StatusDetails: e.Command.StatusDetails, Source: FromCommand}
		return l.stillRunning(ctx, running, l.command, e.Command)
	case !responded && l.Trouble() == nil:
		return l.unreached(existence.trouble)
	case !responded:
		return l.unreached(l.Trouble())
	default:
		return l.notFound()
	}
}

// byEntry returns the error of a read that found only the node's entry. If the entry is complete,
// the values of the invocation are missing; otherwise, the command is still running.
func (l *lookup) byEntry(ctx context.Context, entry *NodeInvocation) error {
	return l.entryOnly(ctx, entry, l.command, l.existence.Command)
}

func (r operation) entryOnly(ctx context.Context, entry *NodeInvocation, id string, command *Command) error {
	if !entry.Complete() {
		return r.stillRunning(ctx, &StillRunningError{Status: entry.Status, StatusDetails: entry.StatusDetails, Source: FromNode}, id, command)
	}
	return r.contradiction(getCommandInvocation, "ListCommandInvocations reports the invocation as complete ("+entry.Status+"), but GetCommandInvocation does not return it")
}

// lookUp calls both list operations about a command and a node, or about a command. The error ends
// the read.
func (l *lookup) lookUp(ctx context.Context) (e Existence, err error) {
	if e.Command, e.CommandDenied, err = tryLookup(l.operation, &e, func() (*Command, error) { return l.findCommand(ctx, l.command) }); err != nil {
		return e, err
	}
	if l.node == "" {
		return e, l.addNodes(ctx, &e)
	}
	if e.Node, e.InvocationsDenied, err = tryLookup(l.operation, &e, func() (*NodeInvocation, error) { return l.findEntry(ctx, l.command, l.node) }); err != nil {
		return e, err
	}
	if e.Command == nil || e.Node != nil {
		return e, nil
	}
	if e.Nodes = e.Command.named(); len(e.Nodes) > 0 || e.InvocationsDenied != nil {
		return e, nil
	}
	return e, l.addNodes(ctx, &e)
}

// addNodes adds the nodes of the first page of entries.
func (l *lookup) addNodes(ctx context.Context, e *Existence) error {
	page, denied, err := tryLookup(l.operation, e, func() (*invocationPage, error) { return l.firstEntries(ctx, l.command) })
	if e.InvocationsDenied == nil {
		e.InvocationsDenied = denied
	}
	if page != nil {
		for _, entry := range page.entries {
			e.Nodes = append(e.Nodes, entry.InstanceID)
		}
		e.complete = page.next == "" && e.Command != nil && len(page.entries) >= countOf(e.Command.TargetCount)
	}
	return err
}

// tryLookup calls one list operation. It returns a rejection as a Response, without an error. It
// stores any other failure in e.trouble, and returns an error only if the read must end.
func tryLookup[T any](r operation, e *Existence, call func() (*T, error)) (*T, *Response, error) {
	found, err := call()
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return found, nil, err
	}
	switch f.Kind {
	case awscall.Unavailable, awscall.CredentialsExpired, awscall.CredentialsInvalid, awscall.Misconfigured:
		e.trouble = f
		_, final := r.retry(f)
		return nil, nil, final
	case awscall.Denied, awscall.Rejected:
	}
	denied := responseOf(f)
	return nil, &denied, nil
}

// unknownCommands caches the commands of which the service has no record, so that only the first of
// many reads of an old command waits for the visibility timeout. AWS does not reuse command IDs.
type unknownCommands struct {
	mu       sync.Mutex
	commands map[string]time.Duration
}

// get returns how long the service had no record of the command, and whether the command is cached.
func (u *unknownCommands) get(command string) (time.Duration, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d, ok := u.commands[strings.ToLower(command)]
	return d, ok
}

// put caches a command of which the service had no record for the time d. A read with a longer
// visibility timeout does not use the entry.
func (u *unknownCommands) put(command string, d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.commands == nil {
		u.commands = map[string]time.Duration{}
	}
	id := strings.ToLower(command)
	u.commands[id] = max(u.commands[id], d)
}
