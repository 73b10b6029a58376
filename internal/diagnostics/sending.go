// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Sending is what a message about a command to send, or one that was sent, is about.
type Sending struct {
	// Action is set for an action, which has no state and cannot be tainted.
	Action bool
	// CommandID is the command's ID as far as it is stored, "" for a command that is being sent.
	CommandID string
	// Requested is when the command was sent, if it is stored.
	Requested time.Time

	Document, Comment, Region string
	// InstanceIDs or Targets are the nodes.
	InstanceIDs []string
	Targets     []runcommand.Target
	// Parameters tells whether the command has any.
	Parameters bool
	// NodesReady is the value of node_ready_timeout.
	NodesReady time.Duration
	// Timeout is the argument that bounds the operation.
	Timeout Text
	// RequireSuccess is the value of require_success.
	RequireSuccess bool
	// OutputIsSecret says why output is not shown, "" if it may be: a script can print a write-only
	// parameter, and output that must not be in the state must not be in a log either.
	OutputIsSecret Text
}

// text names what is sent in the middle of a sentence.
func (s Sending) text() Text {
	return Textf("document %s to %s in Region %s", s.Document, s.nodes(), s.Region)
}

// running names what runs in the middle of a sentence.
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

// mostTargetValues is how many values of a target a message shows.
const mostTargetValues = 5

// targets writes the targets.
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

// command names the command in the middle of a sentence.
func (s Sending) command(id string) Text { return Textf("command %s in Region %s", id, s.Region) }

// nodesArgument is the argument that selects the nodes.
func (s Sending) nodesArgument() path.Path {
	if len(s.Targets) > 0 {
		return path.Root("targets")
	}
	return path.Root("instance_ids")
}

// sentState is how far a command came that was sent.
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

// next says what Terraform does next about a command that was sent although the operation failed,
// and how to keep the command.
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

// notSent says that nothing ran.
const notSent Text = "The command was not sent, and ran on no node."

// earlier says what became of a command that matched no node, if one was sent before the request
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

// word matches what every shell takes for a single word without a meaning of its own.
var word = lazyregexp.New(`^[A-Za-z0-9._=,/:-]+$`)

// commandLine returns a command of the AWS CLI to run, on a line of its own: Terraform does not wrap
// a line that begins with a space. It is "" if a value, which can come from the service, is more than
// a word to a shell, or an option to the CLI.
func commandLine(arguments ...string) Text {
	line, afterOption := []string{"aws"}, false
	for _, argument := range arguments {
		isOption := strings.HasPrefix(argument, "-")
		if !word.MatchString(argument) || isOption && afterOption {
			return ""
		}
		afterOption = isOption
		if strings.Contains(argument, ",") {
			argument = `"` + argument + `"` // PowerShell takes it for a list.
		}
		line = append(line, argument)
	}
	return Textf("\n  %s", strings.Join(line, " "))
}
