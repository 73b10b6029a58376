// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// lookBack is how far before the newest known command a repeated search by comment begins: a
// command can become visible a little after one that was sent later.
const lookBack = 5 * time.Minute

// Command reads one command, found by its ID or its comment, and waits until it is complete unless
// the query says otherwise. With an error, the Command has what was read until then.
//
// The errors, by type: [*NotFoundError], [*SeveralCommandsError], [*StillRunningError],
// [*TooLargeError], [*EndlessListError], [*UnfinishedListError], [*AccessDeniedError],
// [*CredentialsError], [*ConfigurationError], [*RejectedError], [*UnavailableError],
// [*InterruptedError].
func (c *Client) Command(ctx context.Context, q CommandQuery) (Command, error) {
	r := c.newCommandRead(q)
	var first poll.State = &findingCommand{r, r.newLookup(q.CommandID, "", q.Visibility)}
	if q.CommandID == "" {
		first = &searching{commandRead: r, grace: poll.Grace{Limit: q.Visibility}}
	}
	err := r.run(ctx, first)
	return r.result, err
}

// LookUpCommand requests a command once and does not wait, not even for its visibility. It returns
// nil if the service has no record of it. The errors are those of [Client.Command] that concern a
// single request.
func (c *Client) LookUpCommand(ctx context.Context, id string, timeout time.Duration) (*Command, error) {
	r := c.begin(time.Time{}, timeout)
	ctx, cancel := context.WithDeadline(ctx, r.deadline)
	defer cancel()
	command, err := r.findCommand(ctx, id)
	if err == nil {
		return command, nil
	}
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return nil, err
	}
	again, _, why := r.Retry(f)
	if again {
		return nil, r.unreached(f)
	}
	return nil, r.final(f, why)
}

// WaitCommand waits until a command is complete that was seen before, as [Client.Command] does.
func (c *Client) WaitCommand(ctx context.Context, q CommandQuery, seen Command) (Command, error) {
	r := c.newCommandRead(q)
	r.result = seen
	err := r.run(ctx, &runningCommand{r})
	return r.result, err
}

func (c *Client) newCommandRead(q CommandQuery) *commandRead {
	return &commandRead{operation: c.begin(q.Started, q.Timeout), query: q}
}

// commandRead is what the states of one read have in common.
//
//	searching      → runningCommand | done
//	findingCommand → runningCommand | done
//	runningCommand → done
type commandRead struct {
	operation
	query  CommandQuery
	result Command
}

// next takes the command as it was returned. A command that was visible once is never missing
// again.
func (r *commandRead) next(c Command) (poll.State, error) {
	if r.query.Progress != nil && (r.result.CommandID == "" || c.moved(&r.result)) {
		r.query.Progress(c)
	}
	r.result = c
	if r.query.NoWait || c.Complete() {
		return nil, nil
	}
	return &runningCommand{r}, nil
}

// findingCommand: a command, by its ID, that has not been visible yet.
type findingCommand struct {
	*commandRead
	lookup *lookup
}

func (s *findingCommand) Poll(ctx context.Context) (poll.State, error) {
	command, err := s.findCommand(ctx, s.query.CommandID)
	switch {
	case err != nil:
		return nil, err
	case command == nil:
		return s, s.lookup.absent(ctx)
	}
	return s.next(*command)
}

func (s *findingCommand) PollBy() time.Time { return s.lookup.next }

func (s *findingCommand) TimedOut(ctx context.Context) error {
	if !s.lookup.grace.Started() {
		return s.unreached(s.Trouble())
	}
	return s.lookup.timedOut(ctx)
}

// runningCommand: a command that is visible and not complete.
type runningCommand struct{ *commandRead }

func (s *runningCommand) Poll(ctx context.Context) (poll.State, error) {
	command, err := s.findCommand(ctx, s.result.CommandID)
	if err != nil || command == nil {
		return s, err
	}
	return s.next(*command)
}

func (s *runningCommand) TimedOut(ctx context.Context) error {
	c := &s.result
	return s.stillRunning(ctx, &StillRunningError{
		Status: c.Status, StatusDetails: c.StatusDetails, Source: FromCommand,
		Completed: countOf(c.CompletedCount), Targets: countOf(c.TargetCount),
	}, c.CommandID, c)
}

// searching: a command, by its comment, that has not been visible yet. No other operation can
// confirm that there is none: the list of commands alone decides.
type searching struct {
	*commandRead
	grace  poll.Grace
	list   *commandList // The search under way.
	newest time.Time    // The request time of the newest command that a search returned.
}

func (s *searching) Poll(ctx context.Context) (poll.State, error) {
	if s.list == nil {
		s.list = s.newSearch()
	}
	if err := s.list.readAll(ctx); err != nil {
		return nil, err
	}
	found := s.list.commands
	s.newest, s.list = s.list.newest, nil
	slices.SortStableFunc(found, func(a, b Command) int { return b.RequestedDateTime.Compare(a.RequestedDateTime) })
	now := time.Now()
	switch {
	case len(found) == 0 && s.grace.Over(now):
		return nil, &NotFoundError{Waited: s.grace.Lasted(now)}
	case len(found) == 0:
		return s, nil
	case len(found) > 1 && !s.query.MostRecent:
		return nil, &SeveralCommandsError{Commands: found}
	}
	return s.next(found[0])
}

// newSearch lists the commands that a search has not returned yet, and keeps those with the
// comment. Terraform has the comment in normalization form C, the service in the form in which it
// was sent.
func (s *searching) newSearch() *commandList {
	after := s.query.InvokedAfter
	earliest, _ := time.Parse(time.RFC3339, after) // Zero if nothing narrows the search.
	if recent := s.newest.Add(-lookBack); !s.newest.IsZero() && recent.After(earliest) {
		after = recent.UTC().Format(filterTimeFormat)
	}
	comment := norm.NFC.String(s.query.Comment)
	return &commandList{
		operation: s.operation,
		in:        ssm.ListCommandsInput{Filters: filters(byDocument, s.query.DocumentName, byInvokedAfter, after)},
		keep: func(command *Command) bool {
			return norm.NFC.String(command.Comment) == comment && !command.RequestedDateTime.Before(earliest)
		},
	}
}

func (s *searching) PollBy() time.Time { return s.grace.Ends() }

func (s *searching) TimedOut(context.Context) error {
	switch {
	case s.list != nil:
		return s.unfinished(listCommands, len(s.list.met))
	case !s.grace.Started(), s.Trouble() != nil:
		return s.unreached(s.Trouble())
	}
	return &NotFoundError{Waited: s.grace.Lasted(time.Now())}
}

// Commands lists the account's commands, newest first.
//
// With MaxResults the list is not read to its end: the service gives the newest first (as its
// console and every recorded response show them, though no reference says so).
//
// The errors, by type: [*TooLargeError], [*EndlessListError], [*UnfinishedListError],
// [*AccessDeniedError], [*CredentialsError], [*ConfigurationError], [*RejectedError],
// [*UnavailableError], [*InterruptedError].
func (c *Client) Commands(ctx context.Context, q CommandsQuery) ([]Command, error) {
	r := c.begin(q.Started, q.Timeout)
	list := &commandList{operation: r, limit: q.MaxResults, in: ssm.ListCommandsInput{Filters: filters(
		byStatus, q.Status, byDocument, q.DocumentName, byStage, q.ExecutionStage,
		byInvokedAfter, q.InvokedAfter, byInvokedBefore, q.InvokedBefore)}}
	if q.InstanceID != "" {
		list.in.InstanceId = aws.String(q.InstanceID)
	}
	err := r.run(ctx, &listingCommands{list})
	slices.SortStableFunc(list.commands, func(a, b Command) int {
		return cmp.Or(b.RequestedDateTime.Compare(a.RequestedDateTime), cmp.Compare(a.CommandID, b.CommandID))
	})
	return list.commands, err
}

// listingCommands: a list of commands that is read to its end. Nothing is waited for.
type listingCommands struct{ *commandList }

func (s *listingCommands) Poll(ctx context.Context) (poll.State, error) { return nil, s.readAll(ctx) }

func (s *listingCommands) TimedOut(context.Context) error {
	return s.unfinished(listCommands, len(s.met))
}
