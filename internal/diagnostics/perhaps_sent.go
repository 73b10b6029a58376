// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

const summaryPerhapsSent = "Command Perhaps Sent"

// mostCandidates is the maximum number of commands in a message.
const mostCandidates = 10

// perhapsSent is the error about a request whose response was lost. It has the result of the search
// for the command.
func perhapsSent(s Sending, e *runcommand.PerhapsSentError) diag.Diagnostic {
	var found Text
	switch {
	case e.Denied != nil:
		found = Textf("The search for the command failed: %s. ", clause(e.Denied.Cause)) + allow(*e.Denied)
	case len(e.Candidates) > 0:
		found = candidates(e)
	case e.Complete:
		found = Textf("The provider searched for the command for %s. ListCommands responded %s and returned no such command. It is unlikely that Systems Manager accepted the request.",
			round(e.Searched), plural(e.Lookups, "time"))
	default:
		found = Textf("The provider searched for the command for %s and did not find it. ListCommands responded %s, and %s failed.",
			round(e.Searched), plural(e.Lookups, "time"), plural(e.Unanswered, "request"))
	}
	var interrupted Text
	if e.Interrupted {
		interrupted = "The search ended early because of an interrupt or a timeout."
	}
	parts := []Text{
		Textf("Sending %s failed: %s. Systems Manager may have accepted the request, so the provider did not send it again.", s.text(), clause(e.Cause)),
		requestID(e.Response), found, interrupted, s.check(e.Within),
	}
	return Error(summaryPerhapsSent, append(parts, s.afterPerhapsSent()...)...)
}

// candidates lists the commands that can be the one that was sent.
func candidates(e *runcommand.PerhapsSentError) Text {
	commands := e.Candidates
	why := Text("More than one command matches the request:")
	switch {
	case len(commands) == 1 && e.EarlierLost:
		why = "One command matches the request. The response to an equal request before it was lost as well, so the command can be that of either request:"
	case len(commands) == 1 && e.Undated:
		why = "One command matches the request. It can be older than the request, because no response had the time of the service precisely enough:"
	case len(commands) == 1 && e.Late:
		why = "One command matches the request. It was sent so long after the request that it can be that of an equal request, such as another resource with the same comment:"
	case len(commands) == 1:
		why = "One command matches the request, and belongs to another resource of this configuration:"
	}
	var lines []string
	for i := range commands[:min(len(commands), mostCandidates)] {
		c := &commands[i]
		lines = append(lines, string(Textf("- %s, sent %s, %s", c.CommandID, c.RequestedDateTime.UTC().Format(time.RFC3339), withDetails(c.Status, c.StatusDetails))))
	}
	if rest := len(commands) - mostCandidates; rest > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", rest))
	}
	return why + "\n" + Text(strings.Join(lines, "\n"))
}

// check is the advice to search for the command with the AWS CLI. The command line omits the
// parameters, which can be secret.
func (s Sending) check(within runcommand.Span) Text {
	what := Textf("To check, list the commands, and search for document %s with the comment %q", s.Document, s.Comment)
	if s.Comment == "" {
		what = Textf("To check, list the commands, and search for document %s without a comment", s.Document)
	}
	arguments := []string{"ssm", "list-commands", "--region", s.Region}
	if !within.From.IsZero() {
		from := within.From.UTC().Truncate(time.Second).Format(time.RFC3339)
		what += Textf(", sent after %s", from)
		arguments = append(arguments, "--filters", "key=InvokedAfter,value="+from)
	}
	line := commandLine(arguments...)
	if line == "" {
		return what + "."
	}
	return what + ":\n" + line + " --output text --query \"Commands[].[CommandId,RequestedDateTime,Status,DocumentName,Comment]\""
}

// afterPerhapsSent describes the state and the next run of Terraform, and is the advice for both
// cases.
func (s Sending) afterPerhapsSent() []Text {
	if s.Action {
		return []Text{"Invoke the action again only if the command was not sent, or may run a second time."}
	}
	return []Text{
		"The state keeps the request with command_id null, and the resource is tainted. Each refresh searches for the command again. " + notReplaced,
		"If the command was sent, run `terraform apply -refresh-only`. If this sets command_id, run " + untaint + " to keep the command: " +
			"otherwise the next apply sends a new one. If this does not set command_id, " + s.importIt(),
		sendAgain,
	}
}

const (
	notReplaced Text = "Until a refresh finds the command, Terraform cannot replace or destroy the resource, since that could run the command a second time."
	sendAgain   Text = "If the command was not sent, or may run a second time, run " + removeState + ", and apply."
)

// importIt is the advice for a command that was sent and that no refresh finds.
func (s Sending) importIt() Text {
	return "run " + removeState + ", and import the command by the ID " + Textf("COMMAND_ID@%s.", s.Region)
}

// StillPerhapsSent is the warning of a refresh that did not find the command either. err is a
// [runcommand.PerhapsSentError] or the error of the search.
func StillPerhapsSent(s Sending, err error) diag.Diagnostic {
	seen := Textf("Searching for the command of document %s in Region %s did not find it. The response to its request was lost, so it is still not known whether the command was sent.", s.Document, s.Region)
	if isUndated(err) {
		return Warning(summaryPerhapsSent, seen, searched(err), s.check(searchedWithin(err)), undatedAdvice)
	}
	if isExpired(err) {
		return Warning(summaryPerhapsSent, seen, searched(err), expiredAdvice)
	}
	return Warning(summaryPerhapsSent, seen,
		searched(err), s.check(searchedWithin(err)),
		"The state keeps the request with command_id null. The next refresh searches for the command again. "+notReplaced,
		"If the command was sent, and no refresh finds it, "+s.importIt(), sendAgain)
}

// PerhapsSentNotDeleted is the error of a destroy or a replacement while it is not known whether
// the command was sent. err is as in [StillPerhapsSent], or nil if there was no search.
func PerhapsSentNotDeleted(s Sending, err error) diag.Diagnostic {
	parts := []Text{
		Textf("Destroying the command of document %s in Region %s failed: the response to its request was lost, and it is still not known whether the command was sent.", s.Document, s.Region),
		searched(err),
	}
	if isExpired(err) {
		return Error(summaryPerhapsSent, append(parts, expiredAdvice)...)
	}
	parts = append(parts, s.check(searchedWithin(err)))
	if isUndated(err) {
		return Error(summaryPerhapsSent, append(parts, undatedAdvice)...)
	}
	return Error(summaryPerhapsSent, append(parts, s.afterPerhapsSent()...)...)
}

// isUndated reports whether the time of the request is not known, so that a search cannot identify
// the command.
func isUndated(err error) bool {
	var perhaps *runcommand.PerhapsSentError
	return errors.As(err, &perhaps) && perhaps.Undated
}

// isExpired reports whether the request is older than the history of Systems Manager.
func isExpired(err error) bool {
	var perhaps *runcommand.PerhapsSentError
	return errors.As(err, &perhaps) && perhaps.Expired
}

// expiredAdvice is the advice if Systems Manager has deleted its record of the command.
const expiredAdvice Text = "Systems Manager keeps a command for 30 days, and the request is older. No search can find the command any more, and Terraform cannot replace or destroy the resource.\n\n" +
	"To go on, run " + removeState + ". The next apply then sends the command. If it must not run a second time, check on the nodes first whether it ran."

// undatedAdvice is the advice if the time of the request is not known.
const undatedAdvice Text = "The time of the request is not known: no response had the time of the service precisely enough, or Terraform dropped it, which it does if it fails to replace a tainted resource. " +
	"So the provider cannot tell whether a command is the one that was perhaps sent, and Terraform cannot replace or destroy the resource.\n\n" +
	"To go on, run " + removeState + ". If the command was sent, run `terraform import` with the address and the command ID. If it was not sent, or may run a second time, apply."

// searched describes the result of a search for the command.
func searched(err error) Text {
	var perhaps *runcommand.PerhapsSentError
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &perhaps):
		f := explain(err, "")
		return sentences(Textf("The search failed: %s.", f.cause), f.advice)
	case len(perhaps.Candidates) == 0:
		return "ListCommands does not return such a command."
	}
	return candidates(perhaps)
}

// searchedWithin returns the span in which the command can have been sent, or zero if it is not
// known.
func searchedWithin(err error) runcommand.Span {
	var perhaps *runcommand.PerhapsSentError
	if errors.As(err, &perhaps) {
		return perhaps.Within
	}
	return runcommand.Span{}
}
