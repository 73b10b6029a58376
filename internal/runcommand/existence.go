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
	// firstLookup is how long "does not exist" is taken for "not visible yet" without calling the
	// list operations: nearly every command is visible by then.
	firstLookup = 5 * time.Second
	// lookupEvery is how often the list operations are called after the grace period.
	lookupEvery = time.Minute
	// contradictionGrace is how long two operations may contradict each other about something that
	// is complete, before the read ends with what both report.
	contradictionGrace = 5 * time.Minute
)

// Existence is what the two list operations report about a command and a node. The service gives
// one and the same error, InvocationDoesNotExist, for "not yet", "never", "another node", and "more
// than 30 days ago"; the list operations tell them apart.
type Existence struct {
	// Command is what ListCommands returns, nil if it has no record of the command.
	Command *Command
	// CommandDenied is set if ListCommands was rejected.
	CommandDenied *Response
	// Node is the node's entry in ListCommandInvocations, nil if there is none.
	Node *NodeInvocation
	// InvocationsDenied is set if ListCommandInvocations was rejected.
	InvocationsDenied *Response
	// Nodes are IDs of nodes that the command was sent to: those that it names, else those that
	// have entries, the first fifty of them.
	Nodes []string

	complete bool               // Every target of the command has an entry, and Nodes has them all.
	trouble  *awscall.CallError // Why an operation could not be called this time, nil otherwise.
}

// verdict is what an Existence means for a read to which the service says that the invocation does
// not exist.
type verdict int

const (
	undecided verdict = iota // Nothing is settled during the grace period.
	pending                  // The invocation is on its way; the read's own time decides.
	notFound                 // There is none, and there will be none.
)

// decide judges about a node, or about a command alone if node is "". graceOver tells that the
// grace period is over. It is a truth table, and is tested as one.
//
// Only what an operation returned counts. A command that is complete is missing the node at once
// only when all of its entries are there and none is the node's: a command can be complete before
// its last invocation is visible anywhere, and taking that for "never sent" would be the mistake
// that this provider exists to avoid.
func (e Existence) decide(node string, graceOver bool) verdict {
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

// containsID reports whether ids has id; the service accepts either case.
func containsID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) })
}

// lookup finds out about a command and a node to which the service says "does not exist". The list
// operations are called five seconds after that, at the end of the grace period, and then once a
// minute.
type lookup struct {
	operation
	command, node string // A node of "" is the command alone.
	grace         poll.Grace
	ended         poll.Grace // Starts when the node's entry is complete.
	next          time.Time  // When the list operations are called.
	existence     Existence  // What they returned last.
}

func (r operation) newLookup(command, node string, visibility time.Duration) *lookup {
	return &lookup{
		operation: r, command: command, node: node,
		grace: poll.Grace{Limit: visibility}, ended: poll.Grace{Limit: contradictionGrace},
	}
}

// absent handles one "does not exist". It returns nil to poll again, or the error that ends the
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
		// The two contradict each other, and no later status can resolve that.
		return l.byEntry(ctx, entry)
	}
	return nil
}

// notFound says that what was requested does not exist, and caches a command of which there is no
// record.
func (l *lookup) notFound() error {
	e := &NotFoundError{Existence: l.existence, Waited: l.grace.Lasted(time.Now())}
	if e.CommandUnknown() {
		l.client.unknown.put(l.command, e.Waited)
	}
	return e
}

// timedOut says what it means that the time is over while the service says "does not exist". The
// list operations are called once more.
func (l *lookup) timedOut(ctx context.Context) error {
	existence, err := l.lookUp(ctx)
	answered := err == nil && existence.trouble == nil
	if answered {
		l.existence = existence
	}
	switch e := l.existence; {
	case e.Node != nil:
		return l.byEntry(ctx, e.Node)
	case e.Command != nil && e.decide(l.node, true) == pending:
		running := &StillRunningError{Status: e.Command.Status, StatusDetails: e.Command.StatusDetails, Source: FromCommand}
		return l.stillRunning(ctx, running, l.command, e.Command)
	case !answered && l.Trouble() == nil:
		return l.unreached(existence.trouble)
	case !answered:
		return l.unreached(l.Trouble())
	default:
		return l.notFound()
	}
}

// byEntry says what it means that only the node's entry is visible. One that is complete is not
// still running: its values are what is missing.
func (l *lookup) byEntry(ctx context.Context, entry *NodeInvocation) error {
	return l.entryOnly(ctx, entry, l.command, l.existence.Command)
}

func (r operation) entryOnly(ctx context.Context, entry *NodeInvocation, id string, command *Command) error {
	if !entry.Complete() {
		return r.stillRunning(ctx, &StillRunningError{Status: entry.Status, StatusDetails: entry.StatusDetails, Source: FromNode}, id, command)
	}
	return r.contradiction(getCommandInvocation, "ListCommandInvocations reports the invocation as complete ("+entry.Status+"), but GetCommandInvocation does not return it")
}

// lookUp calls both list operations about a command and a node, or about a command alone. The
// error is one that ends the read.
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

// addNodes adds the nodes that have entries.
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

// tryLookup calls one list operation. A rejection counts as no information and is returned as
// such; an operation that could not be called leaves its trouble behind.
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

// unknownCommands caches the commands of which the service has no record, so that two hundred reads
// of one expired command do not each wait out the grace period. AWS does not reuse command IDs.
type unknownCommands struct {
	mu       sync.Mutex
	commands map[string]time.Duration
}

// get returns for how long the service has had no record of the command.
func (u *unknownCommands) get(command string) (time.Duration, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d, ok := u.commands[strings.ToLower(command)]
	return d, ok
}

// put caches a command of which the service had no record throughout d. A read with a longer grace
// period than that still waits out its own.
func (u *unknownCommands) put(command string, d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.commands == nil {
		u.commands = map[string]time.Duration{}
	}
	id := strings.ToLower(command)
	u.commands[id] = max(u.commands[id], d)
}
