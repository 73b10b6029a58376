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

// Commands lists the account's commands, newest first.
//
// With MaxResults the list is not read to its end: the service gives the newest
// first (as its console and every recorded answer show them, though no reference
// says so).
//
// The errors, by type: [*TooLargeError], [*EndlessListError],
// [*AccessDeniedError], [*CredentialsError], [*RejectedError],
// [*UnavailableError], [*InterruptedError].
func (r *Reader) Commands(ctx context.Context, q CommandsQuery) ([]Command, error) {
	w := r.newWait(q.Started, q.Timeout)
	list := commandList{wait: w, limit: q.MaxResults, in: ssm.ListCommandsInput{Filters: filters(
		byStatus, q.Status, byDocument, q.DocumentName, byStage, q.ExecutionStage,
		byInvokedAfter, q.InvokedAfter, byInvokedBefore, q.InvokedBefore)}}
	if q.InstanceID != "" {
		list.in.InstanceId = aws.String(q.InstanceID)
	}
	err := w.inTime(ctx, func(ctx context.Context) (bool, error) {
		return true, list.read(ctx)
	}, func(context.Context) error { return w.unreached() })
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list.commands, func(a, b Command) int {
		return cmp.Or(b.RequestedDateTime.Compare(a.RequestedDateTime), cmp.Compare(a.CommandID, b.CommandID))
	})
	return list.commands, nil
}

// commandList reads a list of commands, page by page.
type commandList struct {
	*wait
	in       ssm.ListCommandsInput
	keep     func(*Command) bool // nil keeps all.
	limit    int                 // 0 is none.
	pages    pages
	commands []Command
	places   map[string]int // Of each id in commands.
	newest   time.Time      // Of all commands that were read, kept or not.
}

// read walks to the end of the list, or to its limit.
func (l *commandList) read(ctx context.Context) error {
	return l.pages.walk(ctx, "ListCommands", func(ctx context.Context, token *string) (string, int, int, error) {
		in := l.in
		in.NextToken = token
		in.MaxResults = aws.Int32(pageSize)
		if l.limit > 0 {
			in.MaxResults = aws.Int32(int32(min(pageSize, l.limit-len(l.commands)))) //nolint:gosec // At most pageSize.
		}
		out, err := l.listCommands(ctx, &in)
		if err != nil {
			return "", 0, 0, err
		}
		size := 0
		for _, c := range out.Commands {
			command := newCommand(c)
			if command.RequestedDateTime.After(l.newest) {
				l.newest = command.RequestedDateTime
			}
			if l.keep != nil && !l.keep(command) {
				continue
			}
			size += l.add(*command)
		}
		if l.limit > 0 && len(l.commands) == l.limit {
			return "", len(out.Commands), size, nil
		}
		return aws.ToString(out.NextToken), len(out.Commands), size, nil
	})
}

// add takes a command and returns its size. One that comes twice, because new ones
// pushed it to the next page while the pages were read, is one command.
func (l *commandList) add(c Command) int {
	if l.places == nil {
		l.places = map[string]int{}
	}
	id := strings.ToLower(c.CommandID)
	if at, known := l.places[id]; known {
		l.commands[at] = c
		return 0
	}
	if l.limit > 0 && len(l.commands) == l.limit {
		return 0
	}
	l.places[id] = len(l.commands)
	l.commands = append(l.commands, c)
	return c.size()
}

// listCommands asks for one page.
func (w *wait) listCommands(ctx context.Context, in *ssm.ListCommandsInput) (*ssm.ListCommandsOutput, error) {
	var out *ssm.ListCommandsOutput
	err := w.ask(ctx, "ListCommands", func(ctx context.Context, a *attempts) (err error) {
		b := body{attempts: a}
		if out, err = w.reader.api.ListCommands(ctx, in, a.ssm, b.note); err != nil {
			return err
		}
		return b.list()
	})
	return out, err
}
