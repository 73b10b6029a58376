// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// RunEnded returns the error and the warnings for the result of [runcommand.Client.Run].
func RunEnded(s Sending, result runcommand.RunResult, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	switch {
	case err != nil:
		diags.Append(RunFailed(s, result, err))
	case s.RequireSuccess && !result.Succeeded():
		diags.Append(RunNotSuccessful(s, result))
	case result.NoNodesMatched:
		diags.Append(NoNodesMatched(s, result))
	}
	if result.Omitted > 0 {
		diags.Append(OutputOmitted(s, result))
	}
	return diags
}

// RunFailed returns the diagnostic for an error of [runcommand.Client.Run]: the request, the
// response, and how to fix the error.
func RunFailed(s Sending, r runcommand.RunResult, err error) diag.Diagnostic {
	var (
		perhaps     *runcommand.PerhapsSentError
		refused     *runcommand.RefusedError
		notReady    *runcommand.NodesNotReadyError
		noNodes     *runcommand.NoNodesMatchedError
		tooMany     *runcommand.TooManyNodesError
		uncountable *runcommand.UncountableTargetsError
		running     *runcommand.StillRunningError
		interrupted *runcommand.InterruptedError
		denied      *runcommand.AccessDeniedError
		noOutput    *runcommand.OutputNotReadError
		equal       *runcommand.EqualSendError
	)
	// A command that matched no node is followed by another one.
	sent := r.Command.CommandID != "" && !r.NoNodesMatched
	switch {
	case errors.As(err, &perhaps):
		return perhapsSent(s, perhaps)
	case errors.As(err, &refused):
		return refusal(s, r, refused)
	case errors.As(err, &notReady):
		return nodesNotReady(s, r, notReady)
	case errors.As(err, &equal):
		return equalSend(s, r, equal)
	case errors.As(err, &noNodes):
		return noNodesMatched(s, r, noNodes)
	case errors.As(err, &tooMany):
		return tooManyNodes(s, r, tooMany)
	case errors.As(err, &uncountable):
		return AttributeError(path.Root("max_targets"), "Too Many Nodes",
			Textf("Counting the nodes that match %s failed: DescribeInstanceInformation has no filter for these targets. %s", s.targets(), notSent),
			"Remove max_targets, or use targets with the keys tag:NAME, tag-key, or InstanceIds.")
	case errors.As(err, &noOutput):
		return resultsNotRead(s, r, err)
	case errors.As(err, &running) && sent:
		return runStillRunning(s, r, running)
	case errors.As(err, &interrupted) && !sent:
		return Error("Command Interrupted",
			Textf("Sending %s was interrupted after %s. %s", s.text(), round(interrupted.Waited), notSent), s.earlier(r))
	case errors.As(err, &interrupted):
		return runInterrupted(s, r, interrupted)
	case errors.As(err, &denied) && !sent && denied.Operation == "SendCommand":
		return sendDenied(s, r, denied)
	case !sent:
		f := explain(err, s.Timeout)
		return Error(f.summary, Textf("Sending %s failed: %s. %s", s.text(), f.cause, notSent), f.request, f.advice, s.earlier(r))
	}
	return resultsNotRead(s, r, err)
}

// equalSend says that the time was over while an equal command was being sent.
func equalSend(s Sending, r runcommand.RunResult, e *runcommand.EqualSendError) diag.Diagnostic {
	repeat := Text("To send this command, apply again.")
	if s.Action {
		repeat = "To send this command, run `terraform apply -invoke` with the address of the action."
	}
	return AttributeError(path.Root("comment"), "Equal Command Being Sent",
		Textf("Sending %s failed: the provider waited %s for an equal command of the same run, until %s (%s) expired. %s",
			s.text(), round(e.Queued), s.Timeout, round(e.Waited), notSent),
		trouble(e.Trouble),
		"The provider sends equal commands one after another, because Systems Manager returns no difference between them. "+
			"Sending a command takes up to two minutes if its response is lost.",
		repeat+Textf(" To send both commands at the same time, set a different comment for each, or remove comment. To wait longer, raise %s.", s.Timeout),
		s.earlier(r))
}

// sendDenied says which of the permissions of SendCommand is missing.
func sendDenied(s Sending, r runcommand.RunResult, e *runcommand.AccessDeniedError) diag.Diagnostic {
	at := path.Empty()
	resource := e.Resource()
	missing := Text("SendCommand needs permission for the document and for every node, in two statements of a policy. " +
		"One statement allows the ARN of the document. The other allows the ARNs of the nodes, which a condition on tags (ssm:resourceTag/NAME) can limit. " +
		"IAM did not report which of them is missing.")
	switch {
	case strings.Contains(resource, ":document/"):
		at = path.Root("document_name")
		missing = Textf("The statement for the document is missing: allow ssm:SendCommand on Resource %q. "+
			"The nodes need a statement of their own: a condition on the tags of nodes in the same statement would deny the document.", resource)
	case strings.Contains(resource, "instance/"):
		at = s.nodesArgument()
		missing = Textf("The statement for a node is missing: allow ssm:SendCommand on Resource %q, or on all nodes with a condition on tags (ssm:resourceTag/NAME). "+
			"The document needs a statement of its own.", resource)
	case strings.Contains(resource, ":role/"):
		at = path.Root("service_role_arn")
		missing = Textf("The statement for the role is missing: allow iam:PassRole on Resource %q, with the condition that iam:PassedToService is ssm.amazonaws.com.", resource)
	}
	if explicit := explicitDeny(e.Response); explicit != "" {
		missing = explicit
	}
	parts := []Text{Textf("Sending %s failed: %s. %s", s.text(), clause(e.Cause), notSent),
		requestID(e.Response), missing + " " + propagation, s.earlier(r)}
	if at.Equal(path.Empty()) {
		return Error("Access Denied", parts...)
	}
	return AttributeError(at, "Access Denied", parts...)
}

// resultsNotRead is the error about a command that was sent, whose status or results were not read.
func resultsNotRead(s Sending, r runcommand.RunResult, err error) diag.Diagnostic {
	f := explain(err, s.Timeout)
	c := &r.Command
	if !c.Complete() {
		return Error(f.summary,
			Textf("Waiting for %s failed: %s. The command was sent, and its last known status is %s. The command continues.",
				s.command(c.CommandID), f.cause, withDetails(c.Status, c.StatusDetails)),
			f.request, f.advice, s.next(stillRuns))
	}
	return Error(f.summary,
		Textf("Reading the results of %s failed: %s. The command is complete as %s.", s.command(c.CommandID), f.cause, withDetails(c.Status, c.StatusDetails)),
		f.request, f.advice, s.next(resultsUnread))
}

// runStillRunning is the error about a command that was not complete, or not read, before the
// timeout.
func runStillRunning(s Sending, r runcommand.RunResult, e *runcommand.StillRunningError) diag.Diagnostic {
	c := &r.Command
	if c.Complete() {
		return Error("Command Still Running",
			Textf("Timed out after %s (%s) reading the results of %s. The command is complete as %s, but Systems Manager does not list the results of every node yet.",
				round(e.Waited), s.Timeout, s.command(c.CommandID), withDetails(c.Status, c.StatusDetails)),
			trouble(e.Trouble), s.next(resultsUnread))
	}
	seen := Textf("It is complete on %d of %s.", e.Completed, plural(e.Targets, "node"))
	if e.Targets == 0 {
		seen = "Systems Manager has not reported yet on which nodes it runs."
	}
	var expires, waits Text
	if !e.ExpiresAfter.IsZero() {
		expires = Textf("Systems Manager ends the command at %s.", e.ExpiresAfter.UTC().Format(time.RFC3339))
	}
	switch {
	case e.Status == "Delayed" || e.StatusDetails == "Delayed":
		waits = delayed
	case e.Status == "Pending":
		waits = "Pending means that no agent has fetched the command. The nodes may be stopped, offline, or busy."
	}
	return Error("Command Still Running",
		Textf("Timed out after %s (%s) waiting for %s. Last status: %s. %s", round(e.Waited), s.Timeout, s.command(c.CommandID), withDetails(e.Status, e.StatusDetails), seen),
		"This is not a failure of the command: the command continues.", waits, expires, trouble(e.Trouble),
		s.next(stillRuns), Textf("To wait longer the next time, raise %s.", s.Timeout))
}

// trouble returns a sentence about the error of the last requests, or "" if they succeeded.
func trouble(r *runcommand.Response) Text {
	if r == nil {
		return ""
	}
	return Textf("The last requests failed: %s.", clause(r.Cause))
}

// runInterrupted is the error about a command that was sent before an interrupt.
func runInterrupted(s Sending, r runcommand.RunResult, e *runcommand.InterruptedError) diag.Diagnostic {
	c := &r.Command
	if c.Complete() {
		return Error("Command Interrupted",
			Textf("Reading the results of %s was interrupted after %s. The command is complete as %s.", s.command(c.CommandID), round(e.Waited), withDetails(c.Status, c.StatusDetails)),
			s.next(resultsUnread))
	}
	continues := Text("The command was sent, and continues.")
	if s.Action {
		continues = "The command was sent. It continues, unless the provider canceled it (cancel_on_interrupt)."
	}
	return Error("Command Interrupted",
		Textf("Waiting for %s was interrupted after %s. %s", s.command(c.CommandID), round(e.Waited), continues),
		s.cancelCommand(c.CommandID), s.next(stillRuns))
}

// cancelCommand is the advice to cancel a command with the AWS CLI.
func (s Sending) cancelCommand(id string) Text {
	line := commandLine("ssm", "cancel-command", "--region", s.Region, "--command-id", id)
	if line == "" {
		return ""
	}
	return "To cancel the command, run:\n" + line
}
