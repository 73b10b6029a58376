// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// History is how long Systems Manager keeps a command (user guide, "Understanding command
// statuses").
const History = 30 * 24 * time.Hour

// CommandQuery requests one command, by its ID or by its comment.
type CommandQuery struct {
	CommandID string
	// Comment is the exact comment that the command was sent with, if CommandID is "".
	Comment string
	// DocumentName and InvokedAfter limit the search by comment.
	DocumentName string
	InvokedAfter string // In the format of the API, ISO 8601.
	// MostRecent returns the newest of several commands with the comment, instead of an error.
	MostRecent bool
	// NoWait returns the command when it is visible, even if it is not complete.
	NoWait bool
	// Progress is passed the command when it is first visible and when its status or counts
	// change. It may be nil.
	Progress func(Command)
	// Visibility is the visibility timeout: how long to retry while the service has no record of
	// the command.
	Visibility time.Duration
	// Started is when the read began; zero means now. Timeout counts from it.
	Started time.Time
	Timeout time.Duration
}

// CommandsQuery requests the account's commands.
type CommandsQuery struct {
	InstanceID, Status, DocumentName, ExecutionStage, InvokedAfter, InvokedBefore string
	// MaxResults is the maximum number of commands, newest first; 0 means all.
	MaxResults int
	Started    time.Time
	Timeout    time.Duration
}

// lookBack is how long before the newest known command a repeated search by comment begins, because
// a command can become visible after one that was sent later.
const lookBack = 5 * time.Minute

// Command reads one command by its ID or its comment, and waits until it is complete unless NoWait
// is set. With an error, it returns the last response.
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

// LookUpCommand requests a command once, and does not wait until it is visible or complete. It
// returns nil if the service has no record of the command. The errors are those of [Client.Command]
// for a single request.
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

// WaitCommand waits until a command is complete, as [Client.Command] does. seen is an earlier
// response, so a missing command is retried until the deadline.
func (c *Client) WaitCommand(ctx context.Context, q CommandQuery, seen Command) (Command, error) {
	r := c.newCommandRead(q)
	r.result = seen
	err := r.run(ctx, &runningCommand{r})
	return r.result, err
}

func (c *Client) newCommandRead(q CommandQuery) *commandRead {
	return &commandRead{operation: c.begin(q.Started, q.Timeout), query: q}
}

// commandRead has the members that the states of a read of one command share.
//
//	searching      → runningCommand | done
//	findingCommand → runningCommand | done
//	runningCommand → done
type commandRead struct {
	operation
	query  CommandQuery
	result Command
}

// next stores a response, and returns the next state. After the first response, a missing command
// is always retried.
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

// findingCommand: the command has not been visible yet. It is read by its ID.
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

// runningCommand: the command is visible and not complete.
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

// searching: the command has not been visible yet. It is read by its comment, which only
// ListCommands returns, so no other operation can confirm that there is none.
type searching struct {
	*commandRead
	grace  poll.Grace
	list   *commandList // The search in progress; nil between searches.
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

// newSearch returns a list of the commands that earlier searches did not return, limited to those
// with the comment. Terraform converts the comment to normalization form C, and the service returns
// it in the form in which it was sent.
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
		return s.unfinished(listCommands, len(s.list.readIDs))
	case !s.grace.Started(), s.Trouble() != nil:
		return s.unreached(s.Trouble())
	}
	return &NotFoundError{Waited: s.grace.Lasted(time.Now())}
}

// Commands lists the account's commands, newest first.
//
// With MaxResults, it reads only the first pages. In every recorded response, the first commands
// are the newest, but the API reference does not document the order (assumption 5).
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

// listingCommands: the list of commands is read once, without waiting for any command.
type listingCommands struct{ *commandList }

func (s *listingCommands) Poll(ctx context.Context) (poll.State, error) { return nil, s.readAll(ctx) }

func (s *listingCommands) TimedOut(context.Context) error {
	return s.unfinished(listCommands, len(s.readIDs))
}

// Command is a command across its nodes, as ListCommands returns it. For an absent member, a string
// is "" and a pointer is nil.
type Command struct {
	CommandID, Comment            string
	DocumentName, DocumentVersion string
	// ExpiresAfter is when the command expires.
	ExpiresAfter, RequestedDateTime time.Time
	// InstanceIDs are the nodes in the request; none if the command was sent to Targets.
	InstanceIDs []string
	Targets     []Target
	// Parameters are the parameters of the document, with secrets in clear text.
	Parameters            map[string][]string
	Status, StatusDetails string
	// TargetCount is 0 until the targets are resolved. CompletedCount counts all invocations
	// with a terminal status, ErrorCount those that are Failed or Execution Timed Out. Neither
	// ErrorCount nor DeliveryTimedOutCount has the ones that are Undeliverable, Invalid Platform,
	// or Access Denied. They are nil if the service returned none.
	TargetCount, CompletedCount, ErrorCount, DeliveryTimedOutCount *int32
	MaxConcurrency, MaxErrors                                      string
	OutputS3                                                       OutputS3
	ServiceRole                                                    string
	// TimeoutSeconds is the delivery timeout; nil if the response has none.
	TimeoutSeconds   *int32
	Notification     *Notification
	CloudWatchOutput *CloudWatchOutput
	Alarms           *AlarmConfiguration
	TriggeredAlarms  []TriggeredAlarm
}

// Target is a tag, a resource group, or a list of nodes to which a command was sent.
type Target struct {
	Key    string
	Values []string
}

// OutputS3 is the location in S3 of the output of a command or a step.
type OutputS3 struct{ BucketName, KeyPrefix, Region string }

// Notification is the configuration of the notifications about a command.
type Notification struct {
	ARN, Type string
	Events    []string
}

// AlarmConfiguration has the CloudWatch alarms that stop a command.
type AlarmConfiguration struct {
	Names             []string
	IgnorePollFailure bool
}

// TriggeredAlarm is an alarm that stopped a command.
type TriggeredAlarm struct{ Name, State string }

// Complete reports whether the status is terminal.
func (c *Command) Complete() bool { return commandComplete(types.CommandStatus(c.Status)) }

// Succeeded reports whether status and counts show no failure. The status alone is also Success if
// no node matched, and if failures stay within MaxErrors. Only the invocations show whether every
// node succeeded: a command with four invocations that are Undeliverable and one that is Success is
// Success without errors (user guide, "Understanding command statuses").
func (c *Command) Succeeded() bool {
	success := string(types.CommandStatusSuccess)
	return c.Status == success && (c.StatusDetails == success || c.StatusDetails == "") &&
		countOf(c.ErrorCount) == 0 && countOf(c.DeliveryTimedOutCount) == 0 && countOf(c.TargetCount) > 0
}

// moved reports whether status or counts differ from those of an earlier response.
func (c *Command) moved(earlier *Command) bool {
	return c.Status != earlier.Status || c.StatusDetails != earlier.StatusDetails ||
		countOf(c.TargetCount) != countOf(earlier.TargetCount) || countOf(c.CompletedCount) != countOf(earlier.CompletedCount) ||
		countOf(c.ErrorCount) != countOf(earlier.ErrorCount) || countOf(c.DeliveryTimedOutCount) != countOf(earlier.DeliveryTimedOutCount)
}

// expected returns the minimum number of invocations that the service must list for a complete
// command. If the status is Success, the command is complete on all its nodes, even if
// CompletedCount is lower.
func (c *Command) expected() int {
	if c.Status == string(types.CommandStatusSuccess) {
		return max(countOf(c.CompletedCount), countOf(c.TargetCount))
	}
	return max(countOf(c.CompletedCount), min(countOf(c.TargetCount), 1))
}

// hasNoTarget reports whether a complete command without entries has no node. Without a count, a
// command that is Success can have nodes whose entries are late.
func (c *Command) hasNoTarget() bool {
	if c.TargetCount == nil {
		return c.Status != string(types.CommandStatusSuccess)
	}
	return *c.TargetCount == 0
}

// countOf is a count, 0 if there is none.
func countOf(count *int32) int {
	if count == nil {
		return 0
	}
	return int(*count)
}

// named returns the node IDs in InstanceIDs and in Targets.
func (c *Command) named() []string {
	nodes := slices.Clone(c.InstanceIDs)
	for _, t := range c.Targets {
		if t.namesNodes() {
			nodes = append(nodes, t.Values...)
		}
	}
	return nodes
}

// reaches reports whether the command names the node, or has tags or groups that can match it.
func (c *Command) reaches(node string) bool {
	open := slices.ContainsFunc(c.Targets, func(t Target) bool { return !t.namesNodes() })
	named := c.named()
	return open || len(named) == 0 || containsID(named, node)
}

func (t Target) namesNodes() bool { return strings.EqualFold(t.Key, "InstanceIds") }

// newCommand maps a command of a response. m has the members of that response, and place is the
// index of the command in it.
func newCommand(c types.Command, m *members, place int) *Command {
	command := &Command{
		CommandID:             text(c.CommandId),
		Comment:               text(c.Comment),
		DocumentName:          text(c.DocumentName),
		DocumentVersion:       text(c.DocumentVersion),
		ExpiresAfter:          toMillis(c.ExpiresAfter),
		RequestedDateTime:     toMillis(c.RequestedDateTime),
		InstanceIDs:           texts(c.InstanceIds),
		Status:                clean(string(c.Status)),
		StatusDetails:         text(c.StatusDetails),
		TargetCount:           m.count(place, "TargetCount", c.TargetCount),
		CompletedCount:        m.count(place, "CompletedCount", c.CompletedCount),
		ErrorCount:            m.count(place, "ErrorCount", c.ErrorCount),
		DeliveryTimedOutCount: m.count(place, "DeliveryTimedOutCount", c.DeliveryTimedOutCount),
		MaxConcurrency:        text(c.MaxConcurrency),
		MaxErrors:             text(c.MaxErrors),
		OutputS3:              OutputS3{text(c.OutputS3BucketName), text(c.OutputS3KeyPrefix), text(c.OutputS3Region)},
		ServiceRole:           text(c.ServiceRole),
		TimeoutSeconds:        c.TimeoutSeconds,
		Notification:          newNotification(c.NotificationConfig),
		CloudWatchOutput:      cloudWatchOutput(c.CloudWatchOutputConfig, text(c.DocumentName)),
	}
	for _, t := range c.Targets {
		command.Targets = append(command.Targets, Target{Key: text(t.Key), Values: texts(t.Values)})
	}
	if len(c.Parameters) > 0 {
		command.Parameters = map[string][]string{}
		for name, values := range c.Parameters {
			command.Parameters[clean(name)] = texts(values)
		}
	}
	if a := c.AlarmConfiguration; a != nil && (len(a.Alarms) > 0 || a.IgnorePollAlarmFailure) {
		command.Alarms = &AlarmConfiguration{IgnorePollFailure: a.IgnorePollAlarmFailure}
		for _, alarm := range a.Alarms {
			command.Alarms.Names = append(command.Alarms.Names, text(alarm.Name))
		}
	}
	for _, a := range c.TriggeredAlarms {
		command.TriggeredAlarms = append(command.TriggeredAlarms, TriggeredAlarm{Name: text(a.Name), State: clean(string(a.State))})
	}
	return command
}

func newNotification(n *types.NotificationConfig) *Notification {
	if n == nil || text(n.NotificationArn) == "" && n.NotificationType == "" && len(n.NotificationEvents) == 0 {
		return nil
	}
	notification := &Notification{ARN: text(n.NotificationArn), Type: clean(string(n.NotificationType))}
	for _, e := range n.NotificationEvents {
		notification.Events = append(notification.Events, clean(string(e)))
	}
	return notification
}

// texts maps a list of strings; an empty one is nil.
func texts(in []string) []string {
	var out []string
	for _, s := range in {
		out = append(out, clean(s))
	}
	return out
}

// toMillis maps a time of the list operations. They return seconds since 1970 as a floating-point
// number, so digits below the millisecond are rounding errors.
func toMillis(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return aws.ToTime(t).UTC().Round(time.Millisecond)
}

// commandComplete reports whether a status of a command is terminal.
func commandComplete(s types.CommandStatus) bool {
	switch s {
	case types.CommandStatusSuccess,
		types.CommandStatusFailed,
		types.CommandStatusTimedOut,
		types.CommandStatusCancelled:
		return true
	case types.CommandStatusPending,
		types.CommandStatusInProgress,
		types.CommandStatusCancelling:
		return false
	default:
		return false
	}
}
