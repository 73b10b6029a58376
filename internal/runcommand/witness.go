package runcommand

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Finding is what the two list operations know about a command and a node. The
// service gives one and the same answer, InvocationDoesNotExist, to "not yet",
// "never", "another node" and "thirty days gone"; the finding tells them apart.
type Finding struct {
	// Command is what ListCommands says, nil where it does not know the command.
	Command *Command
	// CommandSilence is set where ListCommands was refused.
	CommandSilence *Answer
	// Node is the node's row in ListCommandInvocations, nil where there is none.
	Node *NodeInvocation
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

// explain asks both witnesses about a command and a node, or about a command alone
// where node is "". The error is one that ends the read.
func (w *wait) explain(ctx context.Context, command, node string) (Finding, error) {
	var f Finding
	var err error
	if f.Command, f.CommandSilence, err = testimony(w, &f, func() (*Command, error) { return w.command(ctx, command) }); err != nil {
		return f, err
	}
	if node == "" {
		return f, w.nodesOf(ctx, command, &f)
	}
	if f.Node, f.NodeSilence, err = testimony(w, &f, func() (*NodeInvocation, error) { return w.node(ctx, command, node) }); err != nil {
		return f, err
	}
	if f.Command == nil || f.Node != nil {
		return f, nil
	}
	if f.Nodes = f.Command.named(); len(f.Nodes) > 0 || f.NodeSilence != nil {
		return f, nil
	}
	return f, w.nodesOf(ctx, command, &f)
}

// nodesOf adds to the finding the nodes that have rows.
func (w *wait) nodesOf(ctx context.Context, command string, f *Finding) error {
	rows, silence, err := testimony(w, f, func() (*page, error) { return w.rows(ctx, command) })
	if f.NodeSilence == nil {
		f.NodeSilence = silence
	}
	if rows != nil {
		f.Nodes = rows.nodes
		f.complete = rows.last && f.Command != nil && len(rows.nodes) >= int(f.Command.TargetCount)
	}
	return err
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
func (w *wait) command(ctx context.Context, id string) (*Command, error) {
	var found *Command
	p := pages{}
	err := p.walk(ctx, "ListCommands", func(ctx context.Context, token *string) (string, int, int, error) {
		out, err := w.listCommands(ctx, &ssm.ListCommandsInput{CommandId: aws.String(id), NextToken: token})
		if err != nil {
			return "", 0, 0, err
		}
		for _, c := range out.Commands {
			if strings.EqualFold(text(c.CommandId), id) {
				found = newCommand(c)
				return "", 1, 0, nil
			}
		}
		return text(out.NextToken), 0, 0, nil
	})
	return found, err
}

// node returns the row of a node, nil when there is none.
func (w *wait) node(ctx context.Context, command, node string) (*NodeInvocation, error) {
	var found *NodeInvocation
	p := pages{}
	err := p.walk(ctx, "ListCommandInvocations", func(ctx context.Context, token *string) (string, int, int, error) {
		out, err := w.list(ctx, &ssm.ListCommandInvocationsInput{
			CommandId: aws.String(command), InstanceId: aws.String(node), Details: true, NextToken: token,
		})
		switch {
		case err != nil:
			return "", 0, 0, err
		case len(out.CommandInvocations) > 0:
			found = newNodeInvocation(out.CommandInvocations[0])
			return "", 1, 0, nil
		}
		return text(out.NextToken), 0, 0, nil // A page can be empty and not be the last.
	})
	return found, err
}

// page is the first page of a command's rows.
type page struct {
	nodes []string
	last  bool
}

// rows returns the nodes on the first page of a command's rows.
func (w *wait) rows(ctx context.Context, command string) (*page, error) {
	out, err := w.list(ctx, &ssm.ListCommandInvocationsInput{CommandId: aws.String(command), MaxResults: aws.Int32(pageSize)})
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
	err := w.ask(ctx, "ListCommandInvocations", func(ctx context.Context, a *attempts) (err error) {
		b := body{attempts: a}
		if out, err = w.reader.api.ListCommandInvocations(ctx, in, a.ssm, b.note); err != nil {
			return err
		}
		return errors.Join(b.list(), ofTheSame(out, in))
	})
	return out, err
}

// ofTheSame returns a [*mismatchError] when a row is of another command or node than
// was asked for.
func ofTheSame(out *ssm.ListCommandInvocationsOutput, in *ssm.ListCommandInvocationsInput) error {
	for _, row := range out.CommandInvocations {
		if in.CommandId != nil && !strings.EqualFold(text(row.CommandId), *in.CommandId) {
			return &mismatchError{got: "another command, " + text(row.CommandId)}
		}
		if in.InstanceId != nil && !strings.EqualFold(text(row.InstanceId), *in.InstanceId) {
			return &mismatchError{got: "another node, " + text(row.InstanceId)}
		}
	}
	return nil
}
