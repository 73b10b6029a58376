// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// The truth table over what the list operations return: what "does not exist" means.
func TestDecide(t *testing.T) {
	denied := &Response{Operation: "ListCommands", Code: "AccessDeniedException"}
	row := &NodeInvocation{Status: "InProgress"}
	status := map[bool]string{false: "InProgress", true: "Success"}
	names := func(ended bool, nodes ...string) *Command {
		return &Command{Status: status[ended], InstanceIDs: nodes, TargetCount: aws.Int32(int32(len(nodes)))}
	}
	byTag := func(ended bool, targets int32) *Command {
		return &Command{Status: status[ended], Targets: []Target{{Key: "tag:Role", Values: []string{"web"}}}, TargetCount: aws.Int32(targets)}
	}

	for name, c := range map[string]struct {
		existence  Existence
		open, over verdict // During the grace period, and after it.
	}{
		"no record of the command":                   {Existence{}, undecided, notFound},
		"the node has a row":                         {Existence{Node: row, Command: names(false, node)}, pending, pending},
		"the node has a row, the command is unknown": {Existence{Node: row}, pending, pending},
		"the node has a row, the command is denied":  {Existence{Node: row, CommandDenied: denied}, pending, pending},
		"the node has a row, the command has ended":  {Existence{Node: row, Command: names(true, node)}, pending, pending},
		"runs, names the node":                       {Existence{Command: names(false, otherNode, node)}, pending, pending},
		"runs, names the node in capitals":           {Existence{Command: names(false, "I-0AAAAAAAAAAAAAAAA")}, pending, pending},
		"runs, names other nodes":                    {Existence{Command: names(false, otherNode)}, notFound, notFound},
		"has ended, names other nodes":               {Existence{Command: names(true, otherNode)}, notFound, notFound},
		"runs, by tag":                               {Existence{Command: byTag(false, 0)}, pending, pending},
		"runs, by tag, has other rows":               {Existence{Command: byTag(false, 2), Nodes: []string{otherNode}}, pending, pending},
		"has ended, by tag, all rows are others'":    {Existence{Command: byTag(true, 1), Nodes: []string{otherNode}, complete: true}, notFound, notFound},
		"has ended, no node matched":                 {Existence{Command: byTag(true, 0), complete: true}, notFound, notFound},
		"has ended, by tag, rows are yet to come":    {Existence{Command: byTag(true, 2), Nodes: []string{otherNode}}, undecided, notFound},
		"has ended, names the node, no row":          {Existence{Command: names(true, node)}, undecided, notFound},
		"has ended, by tag, rows denied":             {Existence{Command: byTag(true, 1), InvocationsDenied: denied}, undecided, notFound},
		"runs, names the node, rows denied":          {Existence{Command: names(false, node), InvocationsDenied: denied}, pending, pending},
		"both denied":                                {Existence{CommandDenied: denied, InvocationsDenied: denied}, undecided, notFound},
		"command denied, no row":                     {Existence{CommandDenied: denied}, undecided, notFound},
		"command unanswered, no row":                 {Existence{trouble: &awscall.CallError{}}, undecided, undecided},
		"has ended, by tag, rows unanswered":         {Existence{Command: byTag(true, 1), trouble: &awscall.CallError{}}, undecided, undecided},
		"names other nodes, rows unanswered":         {Existence{Command: names(false, otherNode), trouble: &awscall.CallError{}}, notFound, notFound},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.existence.decide(node, false); got != c.open {
				t.Errorf("grace period running: %d, want %d", got, c.open)
			}
			if got := c.existence.decide(node, true); got != c.over {
				t.Errorf("grace period over: %d, want %d", got, c.over)
			}
		})
	}
}

// allow_missing rests on this: null only if both list operations responded and neither has a
// record of the command.
func TestCommandUnknownNeedsBothLists(t *testing.T) {
	denied := &Response{Code: "AccessDeniedException"}
	for name, c := range map[string]struct {
		existence Existence
		want      bool
	}{
		"no record of it": {Existence{}, true},
		"command known":   {Existence{Command: &Command{}}, false},
		"row there":       {Existence{Node: &NodeInvocation{}}, false},
		"command denied":  {Existence{CommandDenied: denied}, false},
		"rows denied":     {Existence{InvocationsDenied: denied}, false},
	} {
		if got := (&NotFoundError{Existence: c.existence}).CommandUnknown(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
