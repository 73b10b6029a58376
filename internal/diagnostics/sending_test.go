// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var update = flag.Bool("update", false, "write the texts to testdata instead of comparing them")

// message is one text about sending, by what leads to it.
type message struct {
	name string
	diag diag.Diagnostic
}

func count(n int32) *int32 { return &n }

// failedStep is a step that failed, with its output.
func failedStep(id, stderr string) runcommand.NodeResult {
	return runcommand.NodeResult{
		NodeInvocation: runcommand.NodeInvocation{InstanceID: id, Status: "Failed", StatusDetails: "Failed", Steps: []runcommand.Step{{Name: "aws:runShellScript", Status: "Failed", ResponseCode: count(3)}}},
		Outputs:        []runcommand.StepOutput{{Result: &runcommand.Result{Invocation: runcommand.Invocation{Status: "Failed", StandardError: runcommand.Stream{Content: &stderr}}}}},
	}
}

// printed is a step that failed, and wrote to standard output alone.
func printed(id, stdout string) runcommand.NodeResult {
	n := failedStep(id, "")
	n.Outputs[0].Result.Invocation.StandardOutput.Content = &stdout
	return n
}

func withStatus(c runcommand.Command, status, details string) runcommand.Command {
	c.Status, c.StatusDetails = status, details
	return c
}

func withStatusOf(r runcommand.RunResult, status, details string) runcommand.RunResult {
	r.Command = withStatus(r.Command, status, details)
	return r
}

// messages are all texts about sending.
func messages() []message {
	const id = "11111111-1111-4111-8111-111111111111"
	sent := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	s := Sending{
		Document: "AWS-RunShellScript", Comment: "terraform 1a2b3c4d", Region: "us-east-1",
		InstanceIDs: []string{"i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb"}, Parameters: true,
		NodesReady: 5 * time.Minute, Timeout: "timeouts.create", RequireSuccess: true,
	}
	one, tags, misspelled, action, stored, secret := s, s, s, s, s, s
	secret.OutputIsSecret = "store_output is false"
	one.InstanceIDs = one.InstanceIDs[:1]
	twelve := make([]runcommand.Readiness, 12)
	for i := range twelve {
		twelve[i].InstanceID = fmt.Sprintf("i-%017x", i)
	}
	unready := one
	unready.NodesReady = 0
	misspelled.InstanceIDs, misspelled.Targets = nil, []runcommand.Target{{Key: "Role", Values: []string{"web"}}}
	tags.InstanceIDs, tags.Targets = nil, []runcommand.Target{{Key: "tag:Role", Values: []string{"web", "db"}}, {Key: "tag:Env", Values: []string{"a", "b", "c", "d", "e", "f"}}}
	action.Action, action.Timeout = true, "timeouts.invoke"
	stored.CommandID, stored.Requested, stored.Timeout = id, sent, "timeouts.delete"

	of := func(operation, cause, code string) runcommand.Response {
		return runcommand.Response{Operation: operation, Code: code, RequestID: "the-request", Cause: operation + " returned " + cause}
	}
	refused := func(blame runcommand.Blame, member, cause string) error {
		return &runcommand.RefusedError{Response: of("SendCommand", cause, cause), Blame: blame, Member: member}
	}
	denied := func(resource string) error {
		text := "User: user/ci is not authorized to perform: ssm:SendCommand"
		if resource != "" {
			text += " on resource: " + resource + " because no policy allows it"
		}
		r := of("SendCommand", "AccessDeniedException: "+text, "AccessDeniedException")
		r.Message = text
		return &runcommand.AccessDeniedError{Response: r}
	}
	lost := runcommand.Response{Operation: "SendCommand", Cause: "SendCommand got no response: connection reset by peer"}
	command := runcommand.Command{CommandID: id, Status: "InProgress", StatusDetails: "InProgress", MaxErrors: "10%", TargetCount: count(2), RequestedDateTime: sent}
	ended := command
	ended.Status, ended.StatusDetails = "Failed", "Failed"
	success := command
	success.Status, success.StatusDetails = "Success", "Success"
	result := func(c runcommand.Command, nodes ...runcommand.NodeResult) runcommand.RunResult {
		return runcommand.RunResult{Results: runcommand.Results{Command: c, Nodes: nodes, EntriesRead: true}, Sends: 1}
	}
	none, running, complete := runcommand.RunResult{}, result(command), result(success)
	listDenied := &runcommand.AccessDeniedError{Response: of("ListCommands", "AccessDeniedException: no", "AccessDeniedException")}
	down := &runcommand.UnavailableError{Why: runcommand.GaveUpTimedOut, Attempts: 3, Waited: time.Minute, Response: runcommand.Response{Operation: "ListCommands", Cause: "ListCommands returned HTTP status 503 with a body that is not the service's"}}
	rejection := of("SendCommand", "InvalidInstanceId: Instances not in a valid state for account", "InvalidInstanceId")
	node := func(ping string, age time.Duration) *runcommand.Node {
		return &runcommand.Node{PingStatus: ping, LastPing: sent.Add(-age), PlatformType: "Linux"}
	}
	noNodes := result(withStatus(success, "Success", "NoInstancesInTag"))
	noNodes.NoNodesMatched = true
	omitted := complete
	omitted.Omitted = 2
	undelivered := runcommand.NodeResult{NodeInvocation: runcommand.NodeInvocation{InstanceID: "i-0bbbbbbbbbbbbbbbb", Status: "Failed", StatusDetails: "Undeliverable"}}
	good := runcommand.NodeResult{NodeInvocation: runcommand.NodeInvocation{InstanceID: "i-0cccccccccccccccc", Status: "Success", StatusDetails: "Success"}}
	earlier := noNodes
	passRole := of("SendCommand", "AccessDeniedException: User: user/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/publisher", "AccessDeniedException")
	passRole.Message = "User: user/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/publisher"
	forbidden := of("SendCommand", "AccessDeniedException: with an explicit deny in a service control policy", "AccessDeniedException")
	forbidden.Message = "User: user/ci is not authorized to perform: ssm:SendCommand on resource: arn:aws:ssm:us-east-1::document/AWS-RunShellScript with an explicit deny in a service control policy"
	scoped := of("SendCommand", "InvalidSignatureException: Credential should be scoped to a valid region. ", "InvalidSignatureException")
	scoped.Message = "Credential should be scoped to a valid region. "
	describeDenied := of("DescribeInstanceInformation", "AccessDeniedException: no", "AccessDeniedException")
	cancelling := action
	cancelling.CommandID = id
	nodes := Subject{Kind: Nodes, Name: "managed nodes with the tag Role = web", Region: "us-east-1"}
	notRead := func(err error) error {
		return errors.Join(&runcommand.OutputNotReadError{InstanceID: "i-0aaaaaaaaaaaaaaaa", Step: "aws:runShellScript"}, err)
	}
	perhaps := func(change func(*runcommand.PerhapsSentError)) error {
		e := &runcommand.PerhapsSentError{Response: lost, Within: runcommand.Span{From: sent, Until: sent.Add(10 * time.Minute)}, Searched: time.Minute, Lookups: 20, Complete: true, Waited: 70 * time.Second}
		change(e)
		return e
	}

	return []message{
		{"denied for the document", RunFailed(s, none, denied("arn:aws:ssm:us-east-1::document/AWS-RunShellScript"))},
		{"denied for a node", RunFailed(s, none, denied("arn:aws:ec2:us-east-1:123456789012:instance/i-0aaaaaaaaaaaaaaaa"))},
		{"denied, and IAM does not say for what", RunFailed(one, none, denied(""))},
		{"denied for the role", RunFailed(s, none, &runcommand.AccessDeniedError{Response: passRole})},
		{"denied explicitly", RunFailed(s, none, &runcommand.AccessDeniedError{Response: forbidden})},
		{"InvalidDocument", RunFailed(s, none, refused(runcommand.BlameDocument, "", "InvalidDocument"))},
		{"InvalidDocumentVersion", RunFailed(s, none, refused(runcommand.BlameVersion, "", "InvalidDocumentVersion"))},
		{"InvalidParameters", RunFailed(s, none, refused(runcommand.BlameParameters, "", "InvalidParameters"))},
		{"UnsupportedPlatformType", RunFailed(s, none, refused(runcommand.BlamePlatform, "", "UnsupportedPlatformType"))},
		{"MaxDocumentSizeExceeded", RunFailed(s, none, refused(runcommand.BlameSize, "", "MaxDocumentSizeExceeded"))},
		{"InvalidRole", RunFailed(s, none, refused(runcommand.BlameRole, "", "InvalidRole"))},
		{"InvalidNotificationConfig", RunFailed(s, none, refused(runcommand.BlameNotification, "", "InvalidNotificationConfig"))},
		{"InvalidOutputFolder", RunFailed(s, none, refused(runcommand.BlameOutputS3, "", "InvalidOutputFolder"))},
		{"DuplicateInstanceId", RunFailed(s, none, refused(runcommand.BlameNodes, "", "DuplicateInstanceId"))},
		{"ValidationException of a member", RunFailed(s, none, refused(runcommand.BlameRequest, "maxErrors", "ValidationException"))},
		{"ValidationException of no member", RunFailed(s, none, refused(runcommand.BlameRequest, "", "ValidationException"))},
		{"ValidationException of a target", RunFailed(misspelled, none, refused(runcommand.BlameRequest, "", "ValidationException"))},
		{"not ready", RunFailed(s, none, &runcommand.NodesNotReadyError{
			Response: &rejection, Waited: 5 * time.Minute, Nodes: []runcommand.Readiness{
				{InstanceID: "i-0aaaaaaaaaaaaaaaa"}, {InstanceID: "i-0bbbbbbbbbbbbbbbb", Node: node("ConnectionLost", time.Hour), PingAge: time.Hour}, {InstanceID: "i-0cccccccccccccccc", Node: node("Online", 0)},
			},
		})},
		{"not ready, and the list is denied", RunFailed(one, none, &runcommand.NodesNotReadyError{Response: &rejection, Waited: 5 * time.Minute, Unknown: &describeDenied})},
		{"not ready, and ready by now", RunFailed(one, none, &runcommand.NodesNotReadyError{Response: &rejection, Waited: 5 * time.Minute, Nodes: []runcommand.Readiness{{InstanceID: "i-0aaaaaaaaaaaaaaaa", Node: node("Online", 0)}}})},
		{"not ready, without a timeout", RunFailed(unready, none, &runcommand.NodesNotReadyError{Response: &rejection, Nodes: []runcommand.Readiness{{InstanceID: "i-0aaaaaaaaaaaaaaaa"}}})},
		{"not ready, twelve nodes", RunFailed(s, none, &runcommand.NodesNotReadyError{Response: &rejection, Waited: 5 * time.Minute, Nodes: twelve})},
		{"too few nodes", ReadFailed(nodes, &runcommand.NodesNotReadyError{Minimum: 3, Waited: 5 * time.Minute, Nodes: []runcommand.Readiness{
			{InstanceID: "i-0aaaaaaaaaaaaaaaa", Node: node("Online", 0)}, {InstanceID: "i-0bbbbbbbbbbbbbbbb", Node: node("ConnectionLost", time.Hour), PingAge: time.Hour},
		}}, false)},
		{"no node at all", ReadFailed(nodes, &runcommand.NodesNotReadyError{Minimum: 1, Waited: 5 * time.Minute, Unknown: &down.Response}, false)},
		{"nodes denied", ReadFailed(nodes, &runcommand.AccessDeniedError{Response: describeDenied}, false)},
		{"nodes interrupted", ReadFailed(nodes, &runcommand.InterruptedError{Waited: time.Second, Cause: context.Canceled}, false)},
		{"nodes not listed to the end", ReadFailed(nodes, &runcommand.UnfinishedListError{Operation: "DescribeInstanceInformation", Rows: 1, Waited: 5 * time.Minute}, false)},
		{"perhaps sent, no trace", RunFailed(s, none, perhaps(func(*runcommand.PerhapsSentError) {}))},
		{"perhaps sent, search fails", RunFailed(s, none, perhaps(func(e *runcommand.PerhapsSentError) { e.Complete, e.Lookups, e.Unanswered = false, 1, 7 }))},
		{"perhaps sent, search denied", RunFailed(s, none, perhaps(func(e *runcommand.PerhapsSentError) { e.Complete, e.Denied = false, &listDenied.Response }))},
		{"perhaps sent, two commands", RunFailed(s, none, perhaps(func(e *runcommand.PerhapsSentError) { e.Candidates = []runcommand.Command{command, success} }))},
		{"perhaps sent, after an equal one", RunFailed(s, none, perhaps(func(e *runcommand.PerhapsSentError) {
			e.Candidates, e.EarlierLost = []runcommand.Command{command}, true
		}))},
		{"perhaps sent, found late", StillPerhapsSent(stored, perhaps(func(e *runcommand.PerhapsSentError) { e.Candidates, e.Late = []runcommand.Command{command}, true }))},
		{"perhaps sent, undated", RunFailed(s, none, perhaps(func(e *runcommand.PerhapsSentError) { e.Candidates, e.Undated = []runcommand.Command{command}, true }))},
		{"perhaps sent, interrupted, by an action", RunFailed(action, none, perhaps(func(e *runcommand.PerhapsSentError) { e.Complete, e.Interrupted, e.Lookups = false, true, 0 }))},
		{"still perhaps sent", StillPerhapsSent(s, perhaps(func(*runcommand.PerhapsSentError) {}))},
		{"still perhaps sent, search fails", StillPerhapsSent(s, down)},
		{"still perhaps sent, time not known", StillPerhapsSent(s, perhaps(func(e *runcommand.PerhapsSentError) { e.Candidates, e.Undated = []runcommand.Command{command}, true }))},
		{"still perhaps sent, after 30 days", StillPerhapsSent(s, perhaps(func(e *runcommand.PerhapsSentError) { e.Expired = true }))},
		{"perhaps sent, not deleted", PerhapsSentNotDeleted(s, listDenied)},
		{"perhaps sent, not deleted after 30 days", PerhapsSentNotDeleted(s, perhaps(func(e *runcommand.PerhapsSentError) { e.Expired = true }))},
		{"no nodes matched", RunFailed(tags, noNodes, &runcommand.NoNodesMatchedError{CommandID: id, Sends: 3, Counted: true, Waited: 5 * time.Minute})},
		{"no nodes matched, not counted", RunFailed(tags, noNodes, &runcommand.NoNodesMatchedError{CommandID: id, Sends: 1, Unknown: &describeDenied})},
		{"no nodes matched, warning", NoNodesMatched(tags, noNodes)},
		{"too many nodes, before", RunFailed(tags, none, &runcommand.TooManyNodesError{Maximum: 10, Matching: 12})},
		{"too many nodes, after", RunFailed(tags, running, &runcommand.TooManyNodesError{Maximum: 10, Matching: 12, CommandID: id})},
		{"too many nodes, not canceled", RunFailed(tags, running, &runcommand.TooManyNodesError{Maximum: 10, Matching: 12, CommandID: id, CancelErr: listDenied})},
		{"nodes that cannot be counted", RunFailed(tags, none, &runcommand.UncountableTargetsError{Targets: tags.Targets})},
		{"failed", RunNotSuccessful(s, result(ended, failedStep("i-0aaaaaaaaaaaaaaaa", "tar: no space left on device\n\x1b[31m::error::x"), undelivered))},
		{"failed with secret output", RunNotSuccessful(secret, result(ended, failedStep("i-0aaaaaaaaaaaaaaaa", "the secret"), undelivered))},
		{"failed within max_errors", RunNotSuccessful(s, result(success, undelivered, good))},
		{"failed, by an action", RunNotSuccessful(action, result(ended, failedStep("i-0aaaaaaaaaaaaaaaa", "no")))},
		{"still running", RunFailed(s, running, &runcommand.StillRunningError{Status: "InProgress", StatusDetails: "InProgress", Source: runcommand.FromCommand, Completed: 1, Targets: 2, Waited: time.Hour, ExpiresAfter: sent.Add(2 * time.Hour), Trouble: &lost})},
		{"still pending, by an action", RunFailed(action, running, &runcommand.StillRunningError{Status: "Pending", StatusDetails: "Pending", Source: runcommand.FromCommand, Waited: time.Hour})},
		{"complete, not listed", RunFailed(s, complete, &runcommand.StillRunningError{Status: "Success", Source: runcommand.FromCommand, Targets: 2, Listed: 1, Waited: time.Hour})},
		{"interrupted before sending", RunFailed(s, none, &runcommand.InterruptedError{Waited: 3 * time.Second, Cause: context.Canceled})},
		{"interrupted while it runs", RunFailed(s, running, &runcommand.InterruptedError{Waited: 3 * time.Second, Cause: context.Canceled})},
		{"interrupted while reading results", RunFailed(s, complete, &runcommand.InterruptedError{Waited: 3 * time.Second, Cause: context.Canceled})},
		{"waiting denied", RunFailed(s, running, listDenied)},
		{"results denied", RunFailed(s, complete, listDenied)},
		{"service down before sending", RunFailed(s, none, down)},
		{"credentials", RunFailed(s, none, &runcommand.CredentialsError{Response: of("SendCommand", "ExpiredTokenException: expired", "ExpiredTokenException")})},
		{"an endpoint of another Region", RunFailed(s, none, &runcommand.CredentialsError{Response: scoped})},
		{"unexpected", RunFailed(s, none, errors.New("panic: a value of type string"))},
		{"denied after a command that matched no node", RunFailed(tags, earlier, &runcommand.AccessDeniedError{Response: describeDenied})},
		{"rejected after a command that matched no node", RunFailed(tags, earlier, refused(runcommand.BlameDocument, "", "InvalidDocument"))},
		{"interrupted after a command that matched no node", RunFailed(tags, earlier, &runcommand.InterruptedError{Waited: time.Minute, Cause: context.Canceled})},
		{"the time was over before", RunFailed(s, none, &runcommand.UnavailableError{Why: runcommand.GaveUpTimedOut, Waited: time.Hour, Response: runcommand.Response{
			Operation: "SendCommand", Cause: "SendCommand was not called, because no time was left"}})},
		{"an equal command was being sent", RunFailed(s, none, &runcommand.EqualSendError{Queued: time.Minute, Waited: time.Minute})},
		{"an equal command was being sent, by an action that was throttled", RunFailed(action, none, &runcommand.EqualSendError{
			Queued: 40 * time.Second, Waited: time.Minute, Trouble: &lost})},
		{"still delayed", RunFailed(s, running, &runcommand.StillRunningError{Status: "InProgress", StatusDetails: "Delayed", Targets: 2, Waited: time.Hour})},
		{"interrupted while it runs, an action", RunFailed(action, running, &runcommand.InterruptedError{Waited: 3 * time.Second, Cause: context.Canceled})},
		{"interrupted and canceled, an action", InterruptedAndCancelled(action, running, Cancelled{Result: runcommand.CancelResult{Requested: true}})},
		{"interrupted and not canceled, an action", InterruptedAndCancelled(action, running, Cancelled{Err: listDenied})},
		{"no record of the command", RunFailed(s, running, &runcommand.NotFoundError{Waited: 30 * time.Second})},
		{"results not listed to the end", RunFailed(s, complete, &runcommand.UnfinishedListError{Operation: "ListCommandInvocations", Rows: 50, Waited: time.Hour, Trouble: &lost})},
		{"results too large", RunFailed(s, complete, &runcommand.TooLargeError{Limit: 64 << 20, Rows: 9000})},
		{"results without an end", RunFailed(s, complete, &runcommand.EndlessListError{Operation: "ListCommandInvocations"})},
		{"output denied", RunFailed(s, complete, notRead(&runcommand.AccessDeniedError{Response: of("GetCommandInvocation", "AccessDeniedException: no", "AccessDeniedException")}))},
		{"output of a step that is not complete, an action", RunFailed(action, complete, notRead(&runcommand.StillRunningError{Status: "InProgress", Waited: time.Hour}))},
		{"no time left to read the output", RunFailed(s, complete, notRead(&runcommand.UnavailableError{Why: runcommand.GaveUpTimedOut, Waited: time.Hour}))},
		{"output of a step that is not known", RunFailed(s, complete, notRead(&runcommand.StepNotFoundError{Waited: time.Minute}))},
		{"failed before it reached a node", RunNotSuccessful(s, result(withStatus(ended, "Failed", "AccessDenied")))},
		{"failed, with standard output only", RunNotSuccessful(s, result(ended, printed("i-0aaaaaaaaaaaaaaaa", "broken")))},
		{"failed on five nodes", RunNotSuccessful(s, result(ended, undelivered, undelivered, undelivered, undelivered, undelivered, good))},
		{"successful on no node that is counted", RunNotSuccessful(tags, withStatusOf(noNodes, "Success", "Success"))},
		{"failed on no node that matched", RunNotSuccessful(tags, withStatusOf(noNodes, "Failed", "AccessDenied"))},
		{"output omitted", OutputOmitted(s, omitted)},
		{"status not read", StatusNotRead(stored, Cause(listDenied))},
		{"status not read without clients", StatusNotRead(stored, Causes(diag.Diagnostics{Error("Provider Configuration Unknown", "The Region is unknown.", "Apply it first.")}))},
		{"another command", NotCancelled(stored, runcommand.CancelResult{}, &runcommand.DifferentCommandError{CommandID: id, Members: []string{"Comment", "RequestedDateTime"}})},
		{"does not stop", NotCancelled(stored, runcommand.CancelResult{Requested: true}, &runcommand.StillRunningError{Status: "InProgress", StatusDetails: "InProgress", Waited: 5 * time.Minute})},
		{"cancel denied", NotCancelled(stored, runcommand.CancelResult{}, &runcommand.AccessDeniedError{Response: of("CancelCommand", "AccessDeniedException: no", "AccessDeniedException")})},
		{"cancel interrupted", NotCancelled(stored, runcommand.CancelResult{}, &runcommand.InterruptedError{Waited: time.Second, Cause: context.Canceled})},
		{"cancel not known", NotCancelled(stored, runcommand.CancelResult{Requested: true}, down)},
		{"cancel denied, an action", NotCancelled(cancelling, runcommand.CancelResult{}, &runcommand.AccessDeniedError{Response: of("CancelCommand", "AccessDeniedException: no", "AccessDeniedException")})},
		{"does not stop, an action", NotCancelled(cancelling, runcommand.CancelResult{Requested: true}, &runcommand.StillRunningError{Status: "InProgress", StatusDetails: "InProgress", Waited: 5 * time.Minute})},
		{"import of nonsense", InvalidImportID("nonsense")},
		{"import of nothing", NotImported(id, "us-east-1", nil)},
		{"import denied", NotImported(id, "us-east-1", listDenied)},
		{"import differs", ImportedCommandDiffers(id, []string{"parameters", "comment"})},
		{"import adopts", ImportedCommandAdopts(id, []string{"triggers"})},
		{"nodes added", NodesAdded(1, 2)},
	}
}

// The texts are compared as a whole, in one file that reads like a page of messages. To change
// them, run the test with -update, and read what changed.
func TestSendingMessages(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	for _, m := range messages() {
		at := ""
		if d, ok := m.diag.(diag.DiagnosticWithPath); ok {
			at = ", at " + d.Path().String()
		}
		fmt.Fprintf(&page, "# %s\n\n%s: %s%s\n\n%s\n\n", m.name, m.diag.Severity(), m.diag.Summary(), at, m.diag.Detail())
	}
	file := filepath.Join("testdata", "sending.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

// A message about a command that was sent has its ID, and none says that the command failed while
// it may still run.
func TestSendingMessagesNameTheCommand(t *testing.T) {
	t.Parallel()
	for _, m := range messages() {
		text := m.diag.Detail()
		if strings.Contains(text, "continues") && !strings.Contains(text, "11111111-1111-4111-8111-111111111111") {
			t.Errorf("%s: no command ID:\n%s", m.name, text)
		}
		if strings.Contains(text, notSentWords) && strings.Contains(text, "continues") {
			t.Errorf("%s: the command was not sent, and continues:\n%s", m.name, text)
		}
	}
}

const notSentWords = "ran on no node."

// A message to an action says nothing about a state or a resource, which it does not have.
func TestSendingMessagesOfActions(t *testing.T) {
	t.Parallel()
	n := 0
	for _, m := range messages() {
		if !strings.Contains(m.name, "action") {
			continue
		}
		n++
		for _, word := range []string{"taint", "state", "resource", "cancel_on_destroy"} {
			if strings.Contains(strings.ReplaceAll(m.diag.Detail(), "resource-level", ""), word) {
				t.Errorf("%s: %q in the text:\n%s", m.name, word, m.diag.Detail())
			}
		}
	}
	if n < 7 {
		t.Errorf("%d messages of actions", n)
	}
}

// poison sets every string in a value to hostile text.
func poison(v reflect.Value) {
	switch kind := v.Kind(); {
	case kind == reflect.Pointer && !v.IsNil():
		poison(v.Elem())
	case kind == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i))
			}
		}
	case kind == reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case v.Type() == reflect.TypeFor[string]():
		v.SetString(hostile + v.String())
	}
}

// Text that is not ours does no harm, wherever it is: in an error, in what is known about the
// command, or in what was requested.
func TestSendingMessagesAreHarmless(t *testing.T) {
	redact.Add("tok-en-of-a-session")
	foreign := runcommand.Response{Operation: "SendCommand", Code: "x", Message: "x", RequestID: "x", Cause: "x"}
	commands := []runcommand.Command{{CommandID: "x", Status: "x", StatusDetails: "x"}}
	node := runcommand.Readiness{InstanceID: "x", Node: &runcommand.Node{PingStatus: "x", PlatformType: "x", LastPing: time.Unix(1, 0)}}
	causes := map[string]func() error{
		"perhaps": func() error {
			return &runcommand.PerhapsSentError{Response: foreign, Candidates: slices.Clone(commands)}
		},
		"search denied": func() error { f := foreign; return &runcommand.PerhapsSentError{Response: foreign, Denied: &f} },
		"not ready": func() error {
			f, n := foreign, *node.Node
			return &runcommand.NodesNotReadyError{Response: &f, Nodes: []runcommand.Readiness{{InstanceID: "x", Node: &n}}, Unknown: &foreign}
		},
		"no nodes": func() error {
			f := foreign
			return &runcommand.NoNodesMatchedError{CommandID: "x", Sends: 2, Unknown: &f}
		},
		"too many": func() error { return &runcommand.TooManyNodesError{CommandID: "x", CancelErr: errors.New(hostile)} },
		"denied":   func() error { return &runcommand.AccessDeniedError{Response: foreign} },
		"document": func() error {
			f := foreign
			f.Message = "on resource: arn:aws:ssm:x:document/" + hostile
			return &runcommand.AccessDeniedError{Response: f}
		},
		"running": func() error {
			f := foreign
			return &runcommand.StillRunningError{Status: "x", StatusDetails: "x", Trouble: &f}
		},
		"output": func() error {
			return errors.Join(&runcommand.OutputNotReadError{InstanceID: hostile, Step: hostile}, &runcommand.RejectedError{Response: foreign})
		},
		"different": func() error { return &runcommand.DifferentCommandError{CommandID: "x", Members: []string{"Comment"}} },
		"other":     func() error { return errors.New(hostile) },
	}
	for _, blame := range []runcommand.Blame{
		runcommand.BlameRequest, runcommand.BlameDocument, runcommand.BlameVersion, runcommand.BlameParameters, runcommand.BlameNodes,
		runcommand.BlamePlatform, runcommand.BlameSize, runcommand.BlameRole, runcommand.BlameNotification, runcommand.BlameOutputS3,
	} {
		causes[string(blame)] = func() error { return &runcommand.RefusedError{Response: foreign, Blame: blame, Member: "x"} }
	}
	s := Sending{
		CommandID: "x", Document: "x", Comment: "x", Region: "x", InstanceIDs: []string{"x"},
		Targets: []runcommand.Target{{Key: "x", Values: []string{"x"}}},
	}
	poison(reflect.ValueOf(&s))
	for _, byTarget := range []bool{false, true} {
		if byTarget {
			s.InstanceIDs = nil
		}
		for name, cause := range causes {
			for _, status := range []string{"", "InProgress", "Success", "Failed"} {
				err := cause()
				poison(reflect.ValueOf(err))
				step := printed("x", "x")
				r := runcommand.RunResult{Results: runcommand.Results{Command: runcommand.Command{StatusDetails: "x", MaxErrors: "x"}, Nodes: []runcommand.NodeResult{step}}}
				poison(reflect.ValueOf(&r))
				r.Command.Status = status // It decides what the text is.
				if status != "" {
					r.Command.CommandID = hostile
				}
				for _, d := range []diag.Diagnostic{
					RunFailed(s, r, err), RunNotSuccessful(s, r), NoNodesMatched(s, r), OutputOmitted(s, r), StatusNotRead(s, Cause(err)),
					NotCancelled(s, runcommand.CancelResult{}, err), NotImported(hostile, hostile, err), InvalidImportID(hostile),
					StillPerhapsSent(s, err), PerhapsSentNotDeleted(s, err), InterruptedAndCancelled(s, r, Cancelled{Err: err}), ImportedCommandDiffers(hostile, []string{"x"}),
				} {
					if d.Detail() == "" {
						t.Errorf("%s: no text", name)
					}
					checkHarmless(t, d.Summary()+"\n"+d.Detail())
				}
				p := runcommand.Progress{CommandID: hostile, Status: hostile, StatusDetails: hostile}
				cancelled := runcommand.CancelResult{Command: r.Command, Outcome: runcommand.CancelComplete}
				for _, line := range []Text{SentLine(s, hostile), Progress(s, p), Progress(s, runcommand.Progress{}), CancelLine(s, cancelled)} {
					if strings.Contains(Line(line), "\n") {
						t.Errorf("%s: more than a line: %q", name, line)
					}
					checkHarmless(t, Line(line))
				}
			}
		}
	}
}

// A command line to run has nothing in it that means something to a shell.
func TestCommandLineIsOnlyWords(t *testing.T) {
	t.Parallel()
	if got := commandLine("ssm", "list-commands", "--region", "us-east-1", "--filters", "key=InvokedAfter,value=2026-11-24T08:00:00Z"); got !=
		"\n  aws ssm list-commands --region us-east-1 --filters \"key=InvokedAfter,value=2026-11-24T08:00:00Z\"" {
		t.Errorf("%q", got)
	}
	for _, argument := range []string{"", "a b", "a;b", "$(a)", "`a`", "a\nb", "a'b", `a"b`, "a|b", "a&b", "a>b", "a*", "~a", "%a%", "{a}", "a#b", "a\\b", "a!b", "--endpoint-url=x"} {
		if got := commandLine("ssm", "x", "--y", argument); got != "" {
			t.Errorf("%q becomes %q", argument, got)
		}
	}
}

// With parameters, a rejection is reported by its code, whatever the error has as its text: the
// message of Systems Manager can repeat a value.
func TestRejectionsShowNoParameter(t *testing.T) {
	t.Parallel()
	const secret = "correct-horse"
	r := runcommand.RunResult{Results: runcommand.Results{Command: runcommand.Command{Parameters: map[string][]string{"commands": {secret}}}}}
	for blame, code := range map[runcommand.Blame]string{
		runcommand.BlameParameters: "InvalidParameters", runcommand.BlameRequest: "ValidationException",
		runcommand.BlameDocument: "InvalidDocument", runcommand.BlameVersion: "InvalidDocumentVersion",
	} {
		err := &runcommand.RefusedError{Blame: blame, Member: "parameters", Response: runcommand.Response{
			Operation: "SendCommand", Code: code, Message: secret, Cause: "SendCommand returned " + code + ": " + secret,
		}}
		text := RunFailed(Sending{Document: "d", Parameters: true}, r, err).Detail()
		if strings.Contains(text, secret) || !strings.Contains(text, "SendCommand returned "+code+".") {
			t.Errorf("%s: %s", blame, text)
		}
		if text := RunFailed(Sending{Document: "d"}, runcommand.RunResult{}, err).Detail(); !strings.Contains(text, secret) {
			t.Errorf("%s: without parameters the message is not shown: %s", blame, text)
		}
	}
	lost := &runcommand.PerhapsSentError{Candidates: []runcommand.Command{r.Command}}
	if text := RunFailed(Sending{Document: "d", Parameters: true}, r, lost).Detail(); strings.Contains(text, secret) {
		t.Errorf("a candidate shows its parameters: %s", text)
	}
}

// Each member of SendCommand's input has the name of its argument.
func TestArgumentOf(t *testing.T) {
	t.Parallel()
	for member, want := range map[string]string{
		"alarmConfiguration.alarms": "alarm_configuration", "cloudWatchOutputConfig.cloudWatchLogGroupName": "cloudwatch_output_config",
		"comment": "comment", "documentHash": "document_hash", "documentHashType": "document_hash_type", "documentName": "document_name",
		"documentVersion": "document_version", "instanceIds.1.member": "instance_ids", "maxConcurrency": "max_concurrency", "maxErrors": "max_errors",
		"notificationConfig": "notification_config", "outputS3BucketName": "output_s3_bucket_name", "outputS3KeyPrefix": "output_s3_key_prefix",
		"parameters": "parameters", "serviceRoleArn": "service_role_arn", "targets": "targets", "timeoutSeconds": "timeout_seconds", "": "",
	} {
		if got := argumentOf(member); got != want {
			t.Errorf("argumentOf(%q) = %q, want %q", member, got, want)
		}
	}
}
