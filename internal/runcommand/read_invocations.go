package runcommand

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Invocations reads the invocations of a command on all its nodes, or on one, or
// all those of a node. With a command it waits until they have ended, unless the
// query says otherwise.
//
// While it waits it asks ListCommands, one request a look whatever the number of
// nodes, and reads the rows once at the end.
//
// The errors, by type: [*NotFoundError], [*StillRunningError], [*TooLargeError],
// [*EndlessListError], [*AccessDeniedError], [*CredentialsError],
// [*RejectedError], [*UnavailableError], [*InterruptedError].
func (r *Reader) Invocations(ctx context.Context, q InvocationsQuery) (InvocationsResult, error) {
	w := r.newWait(q.Started, q.Timeout)
	i := &invocationsRead{wait: w, query: q, clock: clock{command: q.CommandID, node: q.InstanceID, limit: q.Visibility}}
	look := i.lookAtCommand
	switch {
	case q.CommandID == "":
		look = i.lookAtHistory
	case q.InstanceID != "":
		look = i.lookAtNode
	case q.NoWait:
		look = i.lookAtRows
	}
	if err := w.inTime(ctx, look, i.outOfTime); err != nil {
		return InvocationsResult{}, err
	}
	return i.answer(), nil
}

// quickReads is how often all rows of a command that has ended are read by the
// schedule; a fleet's are many pages, so that after these it is once a minute.
const quickReads = 3

// invocationsRead is one read of invocations.
type invocationsRead struct {
	*wait
	query   InvocationsQuery
	list    *rowList
	rows    []NodeInvocation
	command *Command // As it was seen last.
	clock   clock
	seen    bool
	noNode  bool
	reads   int       // Of all rows, since the command ended.
	next    time.Time // When to read them again.
}

// lookAtCommand waits for the end of a command, then reads all its rows.
func (i *invocationsRead) lookAtCommand(ctx context.Context) (bool, error) {
	if now := time.Now(); now.Before(i.next) {
		i.wakeAt(i.next)
		return false, nil
	}
	if i.list == nil {
		if found, err := i.find(ctx); !found || !i.command.Ended() {
			return false, err
		}
	}
	if err := i.readRows(ctx); err != nil {
		return false, err
	}
	// A row can be late, and can still be on its way when the command has ended.
	unfinished := slices.ContainsFunc(i.rows, func(n NodeInvocation) bool { return !n.Ended() })
	if unfinished || len(i.rows) < int(i.command.CompletedCount) {
		if i.reads++; i.reads > quickReads {
			i.next = time.Now().Add(witnessEvery)
		}
		return false, nil
	}
	i.noNode = i.command.TargetCount == 0 && len(i.rows) == 0
	return true, nil
}

// find asks for the command and reports whether it is there. Once seen, it is never
// missing again.
func (i *invocationsRead) find(ctx context.Context) (bool, error) {
	command, err := i.wait.command(ctx, i.query.CommandID)
	switch {
	case err != nil:
		return false, err
	case command != nil:
		i.seen, i.command = true, command
		return true, nil
	case i.seen:
		return false, nil
	default:
		return false, i.absent(ctx, &i.clock)
	}
}

// lookAtNode waits for the row of one node.
func (i *invocationsRead) lookAtNode(ctx context.Context) (bool, error) {
	row, err := i.node(ctx, i.query.CommandID, i.query.InstanceID)
	switch {
	case err != nil:
		return false, err
	case row == nil && i.seen:
		return false, nil
	case row == nil:
		return false, i.absent(ctx, &i.clock)
	}
	if i.query.OmitSteps {
		row.Steps = nil
	}
	i.seen, i.rows = true, []NodeInvocation{*row}
	return i.query.NoWait || row.Ended(), nil
}

// lookAtRows takes a command's rows as they are. No rows can be a command that is
// not visible yet, one whose targets are not resolved, and one that found no node.
func (i *invocationsRead) lookAtRows(ctx context.Context) (bool, error) {
	if err := i.readRows(ctx); err != nil {
		return false, err
	}
	if len(i.rows) > 0 {
		return true, nil
	}
	if found, err := i.find(ctx); !found {
		return false, err
	}
	if i.clock.since.IsZero() {
		i.clock.since = time.Now()
	}
	end := i.clock.since.Add(i.clock.limit)
	i.wakeAt(end)
	i.noNode = i.command.Ended() && i.command.TargetCount == 0
	return i.noNode || !time.Now().Before(end), nil
}

// lookAtHistory reads what the account has on a node or by filter; nothing is
// waited for, since nobody says what should be there.
func (i *invocationsRead) lookAtHistory(ctx context.Context) (bool, error) {
	return true, i.readRows(ctx)
}

// readRows reads all rows. It goes on where an earlier look failed.
func (i *invocationsRead) readRows(ctx context.Context) error {
	if i.list == nil {
		i.list = i.newList()
	}
	if err := i.list.read(ctx); err != nil {
		return err
	}
	i.rows, i.list = i.list.sorted(), nil
	return nil
}

func (i *invocationsRead) newList() *rowList {
	q := i.query
	l := &rowList{wait: i.wait, in: ssm.ListCommandInvocationsInput{Details: !q.OmitSteps, MaxResults: aws.Int32(pageSize)}}
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

// answer applies the filters that the service was not asked to apply.
func (i *invocationsRead) answer() InvocationsResult {
	result := InvocationsResult{All: i.rows, Invocations: i.rows, NoNodeMatched: i.noNode}
	if i.noNode {
		result.Status, result.StatusDetails = i.command.Status, i.command.StatusDetails
	}
	if i.query.CommandID != "" {
		result.Invocations = slices.DeleteFunc(slices.Clone(i.rows), func(n NodeInvocation) bool { return !i.query.matches(&n) })
	}
	return result
}

func (i *invocationsRead) outOfTime(ctx context.Context) error {
	switch {
	case i.query.CommandID == "", !i.seen && i.clock.since.IsZero():
		return i.unreached()
	case i.command != nil && i.command.Ended() && i.trouble != nil:
		return i.noValues("ListCommandInvocations", "the command has ended as "+i.command.Status+", but its invocations could not be read")
	case i.command != nil:
		return i.stillRunning(ctx, &StillRunningError{
			Status: i.command.Status, StatusDetails: i.command.StatusDetails, Source: FromCommand,
			Completed: i.command.CompletedCount, Targets: i.command.TargetCount,
		}, i.query.CommandID, i.command)
	case len(i.rows) > 0:
		return i.stillRunning(ctx, &StillRunningError{Status: i.rows[0].Status, StatusDetails: i.rows[0].StatusDetails, Source: FromNode}, i.query.CommandID, nil)
	default:
		return i.lastWord(ctx, &i.clock)
	}
}

// rowList reads a list of rows, page by page.
type rowList struct {
	*wait
	in    ssm.ListCommandInvocationsInput
	pages pages
	rows  map[string]NodeInvocation
}

// read walks to the end of the list. A row that comes twice, because rows were
// added while the pages were read, is one row.
func (l *rowList) read(ctx context.Context) error {
	if l.rows == nil {
		l.rows = map[string]NodeInvocation{}
	}
	return l.pages.walk(ctx, "ListCommandInvocations", func(ctx context.Context, token *string) (string, int, int, error) {
		in := l.in
		in.NextToken = token
		out, err := l.list(ctx, &in)
		if err != nil {
			return "", 0, 0, err
		}
		size := 0
		for _, row := range out.CommandInvocations {
			n := newNodeInvocation(row)
			size += n.size()
			l.rows[strings.ToLower(n.CommandID+" "+n.InstanceID)] = *n
		}
		return aws.ToString(out.NextToken), len(out.CommandInvocations), size, nil
	})
}

// sorted returns the rows in an order that does not depend on that of the answers.
func (l *rowList) sorted() []NodeInvocation {
	rows := make([]NodeInvocation, 0, len(l.rows))
	for _, n := range l.rows {
		rows = append(rows, n)
	}
	slices.SortFunc(rows, func(a, b NodeInvocation) int {
		return cmp.Or(cmp.Compare(a.InstanceID, b.InstanceID), a.RequestedDateTime.Compare(b.RequestedDateTime), cmp.Compare(a.CommandID, b.CommandID))
	})
	return rows
}
