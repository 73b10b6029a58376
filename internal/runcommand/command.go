// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// History is how long Systems Manager keeps a command (user guide, "Understanding command statuses").
const History = 30 * 24 * time.Hour

// CommandQuery requests one command, by its ID or by its comment.
type CommandQuery struct {
	CommandID string
	// Comment is the exact text that the command was sent with; used if CommandID
	// is "".
	Comment string
	// DocumentName and InvokedAfter narrow the search by comment.
	DocumentName string
	InvokedAfter string // ISO 8601, as the API takes it.
	// MostRecent takes the newest of several commands with the comment.
	MostRecent bool
	// NoWait takes the command as it is once it is visible.
	NoWait bool
	// Progress is passed the command when it is first visible and when its status or counts
	// change. It may be nil.
	Progress func(Command)
	// Visibility is how long an empty response is taken for "not visible yet".
	Visibility time.Duration
	// Started is when the read began, the zero time for now; Timeout counts from it.
	Started time.Time
	Timeout time.Duration
}

// CommandsQuery requests the account's commands.
type CommandsQuery struct {
	InstanceID, Status, DocumentName, ExecutionStage, InvokedAfter, InvokedBefore string
	// MaxResults bounds the number of commands, newest first; 0 is all.
	MaxResults int
	Started    time.Time
	Timeout    time.Duration
}

// Command is a command across its nodes, as ListCommands returns it. A string is "" and an object
// nil if the service returned nothing for it.
type Command struct {
	CommandID, Comment            string
	DocumentName, DocumentVersion string
	// ExpiresAfter is when the command expires.
	ExpiresAfter, RequestedDateTime time.Time
	// InstanceIDs are the nodes that the request named; none for a command sent by tag or group.
	InstanceIDs []string
	Targets     []Target
	// Parameters are the parameters of the document, secrets in clear text included.
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

// Target is a tag, a group, or a list of nodes that a command was sent to.
type Target struct {
	Key    string
	Values []string
}

// OutputS3 is the destination of the output of a command or a step in S3.
type OutputS3 struct{ BucketName, KeyPrefix, Region string }

// Notification is the notification of a command's progress.
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

// Succeeded reports whether the command itself shows no failure: the service reports Success
// also when no node matched, and when failures stay within MaxErrors. Whether every node
// succeeded, only the invocations tell: four of them Undeliverable and one Success make a
// command that is Success, with no error counted (user guide, "Understanding command statuses").
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

// expected is how many entries the list of the command's invocations must have at least. A command
// that is Success is complete on each of its targets, also if the count of completed ones lags
// behind.
func (c *Command) expected() int {
	if c.Status == string(types.CommandStatusSuccess) {
		return max(countOf(c.CompletedCount), countOf(c.TargetCount))
	}
	return max(countOf(c.CompletedCount), min(countOf(c.TargetCount), 1))
}

// countOf is a count, 0 if there is none.
func countOf(count *int32) int {
	if count == nil {
		return 0
	}
	return int(*count)
}

// named returns the nodes that the command names; a target may name nodes as well.
func (c *Command) named() []string {
	nodes := slices.Clone(c.InstanceIDs)
	for _, t := range c.Targets {
		if t.namesNodes() {
			nodes = append(nodes, t.Values...)
		}
	}
	return nodes
}

// reaches reports whether the command names the node or may still reach it: the service resolves
// tags and groups to nodes.
func (c *Command) reaches(node string) bool {
	open := slices.ContainsFunc(c.Targets, func(t Target) bool { return !t.namesNodes() })
	named := c.named()
	return open || len(named) == 0 || containsID(named, node)
}

func (t Target) namesNodes() bool { return strings.EqualFold(t.Key, "InstanceIds") }

// newCommand maps the command at a place in the response that m is about.
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
// number, so that anything below the millisecond is rounding.
func toMillis(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return aws.ToTime(t).UTC().Round(time.Millisecond)
}
