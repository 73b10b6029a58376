package runcommand

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// lookBack is how far before the newest known command a repeated search by comment
// begins: a command can become visible a little after one that was sent later.
const lookBack = 5 * time.Minute

// Command reads one command, found by its id or its comment, and waits until it
// has ended unless the query says otherwise.
//
// The errors, by type: [*NotFoundError], [*SeveralCommandsError],
// [*StillRunningError], [*TooLargeError], [*EndlessListError],
// [*AccessDeniedError], [*CredentialsError], [*RejectedError],
// [*UnavailableError], [*InterruptedError].
func (r *Reader) Command(ctx context.Context, q CommandQuery) (Command, error) {
	w := r.newWait(q.Started, q.Timeout)
	c := &commandRead{wait: w, query: q, id: q.CommandID, clock: clock{command: q.CommandID, limit: q.Visibility}}
	err := w.inTime(ctx, c.look, c.outOfTime)
	return c.result, err
}

// commandRead is one read of a command.
type commandRead struct {
	*wait
	query  CommandQuery
	id     string // "" until the comment was found.
	search *commandList
	newest time.Time // The newest command that a search came across.
	clock  clock
	seen   bool
	result Command
}

// look asks once and reports whether the read is done.
func (c *commandRead) look(ctx context.Context) (bool, error) {
	if c.id == "" {
		if found, err := c.find(ctx); !found {
			return false, err
		}
		return c.judge()
	}
	command, err := c.command(ctx, c.id)
	switch {
	case err != nil:
		return false, err
	case command != nil:
		c.result = *command
		return c.judge()
	case c.seen:
		return false, nil // Once seen, it is never missing again.
	default:
		return false, c.absent(ctx, &c.clock)
	}
}

// judge reports whether the command is as far as the query wants it.
func (c *commandRead) judge() (bool, error) {
	c.seen = true
	return c.query.NoWait || c.result.Ended(), nil
}

// find searches the history for the comment. Where nobody has it yet, the next
// search reads only what is new.
func (c *commandRead) find(ctx context.Context) (bool, error) {
	if c.search == nil {
		after := c.query.InvokedAfter
		earliest, _ := time.Parse(time.RFC3339, after) // Zero where nothing narrows the search.
		if recent := c.newest.Add(-lookBack); !c.newest.IsZero() && recent.After(earliest) {
			after = recent.UTC().Format(filterTimeFormat)
		}
		c.search = &commandList{
			wait: c.wait,
			in:   ssm.ListCommandsInput{Filters: filters(byDocument, c.query.DocumentName, byInvokedAfter, after)},
			keep: func(command *Command) bool {
				return command.Comment == c.query.Comment && !command.RequestedDateTime.Before(earliest)
			},
		}
	}
	if err := c.search.read(ctx); err != nil {
		return false, err
	}
	matches := c.search.commands
	c.newest = c.search.newest
	c.search = nil
	slices.SortStableFunc(matches, func(a, b Command) int { return b.RequestedDateTime.Compare(a.RequestedDateTime) })
	switch {
	case len(matches) == 0:
		return false, c.absentByComment()
	case len(matches) > 1 && !c.query.MostRecent:
		return false, &SeveralCommandsError{Commands: matches}
	}
	c.result, c.id = matches[0], matches[0].CommandID
	return true, nil
}

// absentByComment waits for a comment until the visibility clock ends. There is
// nobody else to ask: without an id, the list of commands is the only witness.
func (c *commandRead) absentByComment() error {
	now := time.Now()
	if c.clock.since.IsZero() {
		c.clock.since = now
	}
	end := c.clock.since.Add(c.clock.limit)
	if !now.Before(end) {
		return &NotFoundError{Waited: now.Sub(c.clock.since)}
	}
	c.wakeAt(end)
	return nil
}

func (c *commandRead) outOfTime(ctx context.Context) error {
	switch {
	case c.seen:
		return c.stillRunning(ctx, &StillRunningError{
			Status: c.result.Status, StatusDetails: c.result.StatusDetails, Source: FromCommand,
			Completed: c.result.CompletedCount, Targets: c.result.TargetCount,
		}, c.id, &c.result)
	case c.clock.since.IsZero():
		return c.unreached()
	case c.id == "" && c.trouble != nil:
		return c.unreached()
	case c.id == "":
		return &NotFoundError{Waited: time.Since(c.clock.since)}
	default:
		return c.lastWord(ctx, &c.clock)
	}
}
