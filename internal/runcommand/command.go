package runcommand

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Command is a command across its nodes, as ListCommands has it. A string is ""
// and an object nil where the service has nothing in it.
type Command struct {
	CommandID, Comment            string
	DocumentName, DocumentVersion string
	// ExpiresAfter is the time until which the service gives the command.
	ExpiresAfter, RequestedDateTime time.Time
	// InstanceIDs are the nodes that the sender named; none for a command sent by
	// tag or group.
	InstanceIDs []string
	Targets     []Target
	// Parameters are what the document was given, secrets in clear among them.
	Parameters            map[string][]string
	Status, StatusDetails string
	// TargetCount is 0 until the targets are resolved. CompletedCount counts all that
	// have ended, ErrorCount those that failed or ran out of execution time.
	TargetCount, CompletedCount, ErrorCount, DeliveryTimedOutCount int32
	MaxConcurrency, MaxErrors                                      string
	OutputS3                                                       OutputS3
	ServiceRole                                                    string
	// TimeoutSeconds is how long the service tries to reach a node; nil where the
	// answer has none.
	TimeoutSeconds   *int32
	Notification     *Notification
	CloudWatchOutput *CloudWatchOutput
	Alarms           *AlarmConfiguration
	TriggeredAlarms  []TriggeredAlarm
}

// Target is a tag, a group or a list of nodes that a command was sent to.
type Target struct {
	Key    string
	Values []string
}

// OutputS3 is where in S3 a command or a step writes its output.
type OutputS3 struct{ BucketName, KeyPrefix, Region string }

// Notification is whom the service tells of a command's progress.
type Notification struct {
	ARN, Type string
	Events    []string
}

// AlarmConfiguration names the CloudWatch alarms that stop a command.
type AlarmConfiguration struct {
	Names             []string
	IgnorePollFailure bool
}

// TriggeredAlarm is an alarm that stopped a command.
type TriggeredAlarm struct{ Name, State string }

// Ended reports whether the status is final.
func (c *Command) Ended() bool { return commandEnded(types.CommandStatus(c.Status)) }

// Succeeded reports whether the command did what it was sent for: the service says
// Success also when no node matched, and when failures stay within MaxErrors.
func (c *Command) Succeeded() bool {
	return c.Status == string(types.CommandStatusSuccess) && c.ErrorCount == 0 && c.DeliveryTimedOutCount == 0 && c.TargetCount > 0
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

// reaches reports whether the command names the node or may still find it: which
// nodes a tag or a group stands for is for the service to find out.
func (c *Command) reaches(node string) bool {
	open := slices.ContainsFunc(c.Targets, func(t Target) bool { return !t.namesNodes() })
	named := c.named()
	return open || len(named) == 0 || among(node, named)
}

func (t Target) namesNodes() bool { return strings.EqualFold(t.Key, "InstanceIds") }

func newCommand(c types.Command) *Command {
	command := &Command{
		CommandID:             text(c.CommandId),
		Comment:               text(c.Comment),
		DocumentName:          text(c.DocumentName),
		DocumentVersion:       text(c.DocumentVersion),
		ExpiresAfter:          moment(c.ExpiresAfter),
		RequestedDateTime:     moment(c.RequestedDateTime),
		InstanceIDs:           texts(c.InstanceIds),
		Status:                clean(string(c.Status)),
		StatusDetails:         text(c.StatusDetails),
		TargetCount:           c.TargetCount,
		CompletedCount:        c.CompletedCount,
		ErrorCount:            c.ErrorCount,
		DeliveryTimedOutCount: c.DeliveryTimedOutCount,
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

// moment maps a time of the list operations. They write seconds since 1970 as a
// floating-point number, so anything below the millisecond is rounding.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return aws.ToTime(t).UTC().Round(time.Millisecond)
}
