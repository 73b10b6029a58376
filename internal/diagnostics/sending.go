// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Sending is the subject of messages about a command that the provider sends, has sent, or cancels.
type Sending struct {
	// Action is set for an action, which has no state and cannot be tainted.
	Action bool
	// CommandID is the command's ID as far as it is stored, "" for a command that is being sent.
	CommandID string
	// Requested is when the command was sent, zero if that is not stored.
	Requested time.Time

	Document, Comment, Region string
	// InstanceIDs or Targets are the nodes.
	InstanceIDs []string
	Targets     []runcommand.Target
	// Parameters is whether the command has parameters.
	Parameters bool
	// NodesReady is the value of node_ready_timeout.
	NodesReady time.Duration
	// Timeout is the name of the argument that limits the operation.
	Timeout Text
	// RequireSuccess is the value of require_success.
	RequireSuccess bool
	// OutputIsSecret is the reason why messages must not show output, or "". A script can print a
	// write-only parameter, and output that must not be in the state must not be in a log either.
	OutputIsSecret Text
}

// text names what is sent, within a sentence.
func (s Sending) text() Text {
	return Textf("document %s to %s in Region %s", s.Document, s.nodes(), s.Region)
}

// running names what runs, within a sentence.
func (s Sending) running() Text {
	return Textf("document %s on %s in Region %s", s.Document, s.nodes(), s.Region)
}

// nodes names the nodes.
func (s Sending) nodes() Text {
	switch {
	case len(s.InstanceIDs) == 1:
		return Textf("node %s", s.InstanceIDs[0])
	case len(s.InstanceIDs) > 1:
		return plural(len(s.InstanceIDs), "node")
	case len(s.Targets) > 0:
		return "the nodes that match " + s.targets()
	}
	return "its nodes"
}

// mostTargetValues is the maximum number of values of a target in a message.
const mostTargetValues = 5

// targets returns the targets as text: "tag:Role = web, db and tag-key = Env".
func (s Sending) targets() Text {
	var all []string
	for _, t := range s.Targets {
		more := ""
		if len(t.Values) > mostTargetValues {
			more = ", …"
		}
		all = append(all, string(Textf("%s = %s%s", t.Key, strings.Join(t.Values[:min(len(t.Values), mostTargetValues)], ", "), Text(more))))
	}
	return Text(strings.Join(all, " and "))
}

// command names the command, within a sentence.
func (s Sending) command(id string) Text { return Textf("command %s in Region %s", id, s.Region) }

// nodesArgument is the argument that selects the nodes.
func (s Sending) nodesArgument() path.Path {
	if len(s.Targets) > 0 {
		return path.Root("targets")
	}
	return path.Root("instance_ids")
}

// sentState is the state of a command that was sent, which determines the advice.
type sentState int

const (
	resultsKnown  sentState = iota // It is complete, and its results are known.
	resultsUnread                  // It is complete, and its results are not known.
	stillRuns                      // It may be running.
)

const (
	untaint     Text = "`terraform untaint` with the address of the resource"
	removeState Text = "`terraform state rm` with the address of the resource"
)

// next describes the next run of Terraform after an operation that failed and has sent a command.
// For a resource, it is also the advice to keep the command.
func (s Sending) next(state sentState) Text {
	switch {
	case s.Action && state == stillRuns:
		return "Terraform does not watch the command any longer. To read its results later, use data \"ssm_command_invocations\" with this command_id."
	case s.Action:
		return "The next apply repeats the action only if its trigger occurs again. " +
			"To send the command again, run `terraform apply -invoke` with the address of the action."
	case state == stillRuns:
		return "The resource is tainted: the next apply cancels this command, unless cancel_on_destroy is false, and sends a new one. " +
			"To keep this command, run " + untaint + ". A later refresh then stores the results."
	case state == resultsUnread:
		return "The resource is tainted: the next apply sends the command again. " +
			"To keep this command, run " + untaint + ". The next refresh then stores the results."
	}
	return "The resource is tainted: the next apply sends the command again. To keep this result instead, run " + untaint + "."
}

// notSent is the sentence for an operation that sent no command.
const notSent Text = "The command was not sent, and ran on no node."

// earlier describes the command that matched no node, if the provider sent one before the request
// that failed.
func (s Sending) earlier(r runcommand.RunResult) Text {
	switch {
	case r.Command.CommandID == "":
		return ""
	case s.Action:
		return Textf("Before, the provider sent command %s, which is complete and matched no node.", r.Command.CommandID)
	}
	return Textf("Before, the provider sent command %s, which is complete and matched no node. The state keeps it, and the resource is tainted: the next apply sends the command again.",
		r.Command.CommandID)
}

// word matches a single word that has no special meaning in any shell.
var word = lazyregexp.New(`^[A-Za-z0-9._=,/:-]+$`)

// commandLine returns a command of the AWS CLI on its own line, which begins with a space so that
// Terraform does not wrap it. It returns "" if a value, which can come from the service, is not a
// single word to a shell, or is an option to the CLI.
func commandLine(arguments ...string) Text {
	line, afterOption := []string{"aws"}, false
	for _, argument := range arguments {
		isOption := strings.HasPrefix(argument, "-")
		if !word.MatchString(argument) || isOption && afterOption {
			return ""
		}
		afterOption = isOption
		if strings.Contains(argument, ",") {
			argument = `"` + argument + `"` // PowerShell would parse it as a list.
		}
		line = append(line, argument)
	}
	return Textf("\n  %s", strings.Join(line, " "))
}
