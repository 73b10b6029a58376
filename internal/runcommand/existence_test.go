// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

// A response without a list does not mean that the command does not exist.
func TestResponseWithoutAListIsRetried(t *testing.T) {
	portal := func(good string) func(int, string) (int, string) {
		return func(n int, _ string) (int, string) {
			if n < 8 {
				return 200, `{"message":"please log in"}`
			}
			return 200, good
		}
	}
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{
			"GetCommandInvocation": func(int, string) (int, string) {
				if time.Since(epoch) < 3*time.Minute {
					return 400, missingBody
				}
				return 200, invocationBody("Success", `,"ResponseCode":0`)
			},
			"ListCommands":           portal(commandBody("InProgress", `,"TargetCount":1`)),
			"ListCommandInvocations": portal(noRows),
		})
		read(t, reader, ask())
	})
}

// If the list operations could not be reached before the timeout, the error does not claim that the
// invocation does not exist.
func TestTimeoutWithUnavailableLists(t *testing.T) {
	down := always(503, outage)
	for name, a := range map[string]responses{
		"invisible, the command has ended": {"GetCommandInvocation": always(400, missingBody), "ListCommands": always(200, commandBody("Success", `,"TargetCount":1`)), "ListCommandInvocations": down},
		"an unknown step":                  {"GetCommandInvocation": always(400, `{"__type":"InvalidPluginName"}`), "ListCommandInvocations": down},
		"ended, steps unknown":             {"GetCommandInvocation": always(200, invocationBody("Success", "")), "ListCommands": always(200, noCommands), "ListCommandInvocations": down},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _ := responding(a)
				if err := refused[*UnavailableError](t, reader, ask(within(14*time.Second))); !strings.Contains(err.Cause, "503") {
					t.Errorf("%+v", err)
				}
			})
		})
	}
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": always(200, commandBody("Success", `,"TargetCount":1,"CompletedCount":1`)), "ListCommandInvocations": down})
		_, err := reader.Invocations(t.Context(), fleetQuery(func(q *InvocationsQuery) { q.Timeout = 20 * time.Second }))
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || unavailable.Why != GaveUpNoValues {
			t.Errorf("%v", err)
		}
	})
}

// A list of other commands does not mean that Systems Manager has no record of this one.
func TestListOfOtherCommandsIsRetried(t *testing.T) {
	foreign := strings.ReplaceAll(commandBody("Success", ""), command, otherID)
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"GetCommandInvocation": always(400, missingBody), "ListCommands": always(200, foreign), "ListCommandInvocations": always(200, noRows)})
		err := refused[*UnavailableError](t, reader, ask(within(10*time.Minute)))
		if !strings.Contains(err.Cause, otherID) {
			t.Errorf("%+v", err)
		}
	})
	virtual(t, func(t *testing.T) {
		reader, _ := responding(responses{"ListCommands": always(200, foreign), "ListCommandInvocations": always(200, noRows)})
		_, err := reader.Command(t.Context(), commandQuery())
		var missing *NotFoundError
		if err == nil || errors.As(err, &missing) {
			t.Errorf("%v", err)
		}
		elapsedBetween(t, epoch, 55*time.Second, 70*time.Second)
	})
}

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
		open, over conclusion // During the grace period, and after it.
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
		"has ended, names the node, no entry":        {Existence{Command: names(true, node)}, undecided, notFound},
		"has ended, by tag, rows denied":             {Existence{Command: byTag(true, 1), InvocationsDenied: denied}, undecided, notFound},
		"runs, names the node, rows denied":          {Existence{Command: names(false, node), InvocationsDenied: denied}, pending, pending},
		"both denied":                                {Existence{CommandDenied: denied, InvocationsDenied: denied}, undecided, notFound},
		"command denied, no entry":                   {Existence{CommandDenied: denied}, undecided, notFound},
		"command unanswered, no entry":               {Existence{trouble: &awscall.CallError{}}, undecided, undecided},
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
