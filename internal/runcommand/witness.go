package runcommand

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Finding is what the two list operations know about a command and a node. The
// service gives one and the same answer, InvocationDoesNotExist, to "not yet",
// "never", "another node" and "thirty days gone"; the finding tells them apart.
type Finding struct {
	// Command is what ListCommands says, nil where it does not know the command.
	Command *CommandFacts
	// CommandSilence is set where ListCommands was refused.
	CommandSilence *Answer
	// Node is the node's row in ListCommandInvocations, nil where there is none.
	Node *NodeFacts
	// NodeSilence is set where ListCommandInvocations was refused.
	NodeSilence *Answer
	// Nodes are ids of nodes the command was sent to: those it names, else those
	// that have rows, the first fifty of them.
	Nodes []string

	// complete: every target of the command has a row, and Nodes has them all.
	complete bool
	// unanswered: a witness could not be reached this time. That is no testimony.
	unanswered bool
}

// CommandFacts is a command as ListCommands has it.
type CommandFacts struct {
	Status, StatusDetails string
	// ExpiresAfter is the time until which the service gives the command.
	ExpiresAfter time.Time
	ended        bool
	nodes        []string // Those the command names.
	open         bool     // Sent by tag or group: which nodes is for the service to find out.
	targets      int
}

// NodeFacts is a node's row as ListCommandInvocations has it.
type NodeFacts struct {
	Status, StatusDetails         string
	Comment                       string
	DocumentName, DocumentVersion string
	// Steps are the names of the document's steps, in the document's order.
	Steps []string
	ended bool
	cloud *CloudWatchOutput
}

// explain asks both witnesses about a command and a node. The error is one that
// ends the read.
func (w *wait) explain(ctx context.Context, command, node string) (Finding, error) {
	var f Finding
	var err error
	if f.Command, f.CommandSilence, err = testimony(w, &f, func() (*CommandFacts, error) { return w.command(ctx, command) }); err != nil {
		return f, err
	}
	if f.Node, f.NodeSilence, err = testimony(w, &f, func() (*NodeFacts, error) { return w.node(ctx, command, node) }); err != nil {
		return f, err
	}
	if f.Command == nil || f.Node != nil {
		return f, nil
	}
	f.Nodes = f.Command.nodes
	if len(f.Nodes) == 0 && f.NodeSilence == nil && !f.unanswered {
		rows, refused, err := testimony(w, &f, func() (*page, error) { return w.rows(ctx, command) })
		if err != nil {
			return f, err
		}
		if refused == nil && rows != nil {
			f.Nodes = rows.nodes
			f.complete = rows.last && len(rows.nodes) >= f.Command.targets
		}
	}
	return f, nil
}

// testimony asks one witness. A refusal is silence, and is reported as such; a
// witness that could not be reached leaves the finding unanswered.
func testimony[T any](w *wait, f *Finding, ask func() (*T, error)) (*T, *Answer, error) {
	fact, err := ask()
	var refusal *failure
	if !errors.As(err, &refusal) {
		return fact, nil, err
	}
	switch refusal.kind {
	case unavailable, stale, unusable:
		f.unanswered = true
		return nil, nil, w.weigh(refusal)
	default:
		answer := refusal.answer()
		return nil, &answer, nil
	}
}

// command returns what ListCommands has on a command, nil when it has nothing.
func (w *wait) command(ctx context.Context, id string) (*CommandFacts, error) {
	var out *ssm.ListCommandsOutput
	err := w.ask(ctx, "ListCommands", func(ctx context.Context, options func(*ssm.Options)) (err error) {
		out, err = w.reader.api.ListCommands(ctx, &ssm.ListCommandsInput{CommandId: aws.String(id)}, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, c := range out.Commands {
		if strings.EqualFold(text(c.CommandId), id) {
			return commandFacts(c), nil
		}
	}
	return nil, nil
}

func commandFacts(c types.Command) *CommandFacts {
	facts := &CommandFacts{
		Status:        string(c.Status),
		StatusDetails: text(c.StatusDetails),
		ExpiresAfter:  aws.ToTime(c.ExpiresAfter),
		ended:         commandEnded(c.Status),
		nodes:         slices.Clone(c.InstanceIds),
		targets:       int(c.TargetCount),
	}
	for _, t := range c.Targets {
		// A target may name nodes as well; every other kind is open.
		if strings.EqualFold(text(t.Key), "InstanceIds") {
			facts.nodes = append(facts.nodes, t.Values...)
		} else {
			facts.open = true
		}
	}
	return facts
}

// node returns the row of a node, nil when there is none.
func (w *wait) node(ctx context.Context, command, node string) (*NodeFacts, error) {
	out, err := w.list(ctx, &ssm.ListCommandInvocationsInput{
		CommandId: aws.String(command), InstanceId: aws.String(node), Details: true,
	})
	if err != nil {
		return nil, err
	}
	for _, row := range out.CommandInvocations {
		if strings.EqualFold(text(row.CommandId), command) && strings.EqualFold(text(row.InstanceId), node) {
			return nodeFacts(row), nil
		}
	}
	return nil, nil
}

func nodeFacts(row types.CommandInvocation) *NodeFacts {
	facts := &NodeFacts{
		Status:          string(row.Status),
		StatusDetails:   text(row.StatusDetails),
		Comment:         text(row.Comment),
		DocumentName:    text(row.DocumentName),
		DocumentVersion: text(row.DocumentVersion),
		ended:           invocationEnded(row.Status),
		cloud:           cloudWatchOutput(row.CloudWatchOutputConfig, text(row.DocumentName)),
	}
	for _, step := range row.CommandPlugins {
		facts.Steps = append(facts.Steps, text(step.Name))
	}
	return facts
}

// page is the first page of a command's rows.
type page struct {
	nodes []string
	last  bool
}

// rows returns the nodes on the first page of a command's rows.
func (w *wait) rows(ctx context.Context, command string) (*page, error) {
	out, err := w.list(ctx, &ssm.ListCommandInvocationsInput{CommandId: aws.String(command), MaxResults: aws.Int32(50)})
	if err != nil {
		return nil, err
	}
	p := &page{last: aws.ToString(out.NextToken) == ""}
	for _, row := range out.CommandInvocations {
		p.nodes = append(p.nodes, text(row.InstanceId))
	}
	return p, nil
}

func (w *wait) list(ctx context.Context, in *ssm.ListCommandInvocationsInput) (*ssm.ListCommandInvocationsOutput, error) {
	var out *ssm.ListCommandInvocationsOutput
	err := w.ask(ctx, "ListCommandInvocations", func(ctx context.Context, options func(*ssm.Options)) (err error) {
		out, err = w.reader.api.ListCommandInvocations(ctx, in, options)
		return err
	})
	return out, err
}
