// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	getCommandInvocation = "GetCommandInvocation"

	// invocationBodyLimit bounds a response in bytes: two streams of at most 24,000 and 8,000
	// characters, of six bytes each if they are escaped.
	invocationBodyLimit = 1 << 20
	// lateOutput is the time until the extra poll of a step that has just completed without output,
	// which can arrive after the status (aws-sdk-js#1481).
	lateOutput = time.Second
	// lateGrace is the maximum time to retry that poll. The first response is then the result.
	lateGrace = 5 * time.Second
)

// InvocationQuery requests one invocation, or one step of it, and says how long to wait.
type InvocationQuery struct {
	// CommandID is the command's UUID.
	CommandID string
	// InstanceID is the managed node's ID, i-... or mi-....
	InstanceID string
	// PluginName is the step's name; "" requests the only step.
	PluginName string
	// NoWait returns the invocation when it is visible, even if it is not complete.
	NoWait bool
	// Visibility is the visibility timeout: how long to retry while the service has no record of
	// the command.
	Visibility time.Duration
	// CompleteOutput reads a truncated stream from S3. It is an error if the stream is larger than
	// MaxOutputBytes.
	CompleteOutput bool
	MaxOutputBytes int64
	// BucketOwner is the ID of the account that must own the bucket; "" allows any.
	BucketOwner string
	// Started is when the read began, the zero time for now.
	Started time.Time
	// Timeout is how long the read may take, counted from Started.
	Timeout time.Duration

	// completed is when the caller saw that the step was complete, after it had seen that it was not.
	// It is the zero time if the caller has not.
	completed time.Time
}

// Result is the result of [Client.Invocation].
type Result struct {
	Invocation Invocation
	// OutputOnly is set if the invocation was read, and reading its complete output failed. The
	// read then returns an error.
	OutputOnly bool
	// StepNameNeeded is set if the query has no PluginName and the invocation has several steps,
	// each with its own exit code and output.
	StepNameNeeded *StepNameNeeded
	// StepUnfinished is set if the invocation is complete, but the status of its step is not
	// terminal. The values are those of an incomplete step.
	StepUnfinished *StepUnfinished
}

// Notable reports whether the result needs a warning.
func (r *Result) Notable() bool { return r.StepNameNeeded != nil || r.StepUnfinished != nil }

// StepNameNeeded lists the steps of an invocation with several.
type StepNameNeeded struct {
	// Steps are the names, in the document's order; none if Denied is set.
	Steps []string
	// Denied is set if the listing was rejected.
	Denied *Response
}

// StepUnfinished describes a complete invocation whose step is not reported as complete.
type StepUnfinished struct {
	// InvocationStatus is the status of the whole invocation on the node.
	InvocationStatus string
	// Waited is how long the step was polled after that.
	Waited time.Duration
}

// Invocation reads one invocation, and waits until it is complete unless NoWait is set. A failed
// invocation is a result, not an error. With an error, the Result has the last response.
//
// The errors, by type: [*NotFoundError], [*StepNotFoundError], [*StillRunningError],
// [*AccessDeniedError], [*CredentialsError], [*ConfigurationError], [*RejectedError],
// [*UnavailableError], [*TooLargeError], [*InterruptedError]; with CompleteOutput also
// [*OutputNotAvailableError] and [*OutputTooLargeError].
func (c *Client) Invocation(ctx context.Context, q InvocationQuery) (Result, error) {
	r := &invocationRead{operation: c.begin(q.Started, q.Timeout), query: q, step: q.PluginName}
	err := r.run(ctx, &finding{invocationRead: r})
	if err == nil && q.CompleteOutput {
		err = r.complete(ctx)
		r.result.OutputOnly = err != nil
	}
	return r.result, err
}

// invocationRead has the members that the states of a read of one invocation share.
//
//	finding      → running | undetermined | naming | done
//	naming       → running | summary | undetermined | done: InvalidPluginName
//	running      → confirming | undetermined | naming | done
//	confirming   → running | done: complete without output, which may be late
//	undetermined → summary | running | done: several steps, perhaps
//	summary      → done: several steps, and none was named
type invocationRead struct {
	operation
	query  InvocationQuery
	result Result
	step   string          // The step to request: PluginName, or the name of the only step.
	entry  *NodeInvocation // The last response of ListCommandInvocations for the node.
	ran    bool            // A response had a status that was not terminal, so output can be late.
}

// get requests the invocation.
func (r *invocationRead) get(ctx context.Context) (*Invocation, error) {
	in := &ssm.GetCommandInvocationInput{CommandId: aws.String(r.query.CommandID), InstanceId: aws.String(r.query.InstanceID)}
	if r.step != "" {
		in.PluginName = aws.String(r.step)
	}
	var i *Invocation
	var hasCode bool
	inspect := func(body []byte) (unsupported string) {
		hasCode, unsupported = responseCodeIn(body)
		return unsupported
	}
	err := r.call(ctx, awscall.Call{Operation: getCommandInvocation, BodyLimit: invocationBodyLimit, Inspect: inspect}, func(ctx context.Context, o func(*ssm.Options)) error {
		out, err := r.client.api.GetCommandInvocation(ctx, in, o)
		if err != nil {
			return err
		}
		i = newInvocation(out, hasCode)
		return matches(out, r.query)
	})
	return i, err
}

// next stores a response, and returns the next state.
func (r *invocationRead) next(ctx context.Context, i *Invocation) (poll.State, error) {
	r.result = Result{Invocation: *i}
	if (i.Complete() || r.query.NoWait) && r.step == "" && i.maybeSeveral() {
		return (&undetermined{r, poll.Grace{Limit: stepGrace}}).resolve(ctx)
	}
	switch {
	case i.Complete() && r.maybeLate() && i.StandardOutput.Empty() && i.StandardError.Empty():
		return &confirming{r, poll.Grace{Limit: lateGrace}, time.Now().Add(lateOutput)}, nil
	case i.Complete() || r.query.NoWait:
		return nil, nil
	}
	r.ran = true
	return &running{invocationRead: r, nextEntry: time.Now().Add(lookupEvery), ended: poll.Grace{Limit: stepGrace}}, nil
}

// maybeLate reports whether the step completed so recently that its output may be late.
func (r *invocationRead) maybeLate() bool {
	return r.ran || time.Since(r.query.completed) < lateOutput
}

// failed goes to the state that follows from an error in a state in which the invocation was
// visible: it is never missing again.
func (r *invocationRead) failed(ctx context.Context, s poll.State, err error) (poll.State, error) {
	switch {
	case is(err, "InvocationDoesNotExist"):
		return s, nil
	case is(err, "InvalidPluginName"):
		return newNaming(r).listed(ctx)
	}
	return nil, err
}

// timedOut returns the error of an invocation that was not complete before the deadline.
func (r *invocationRead) timedOut(ctx context.Context) error {
	i := r.result.Invocation
	if i.Status == "" {
		return r.contradiction(getCommandInvocation, "GetCommandInvocation returns the invocation without a status")
	}
	return r.stillRunning(ctx, &StillRunningError{Status: i.Status, StatusDetails: i.StatusDetails, Source: FromInvocation}, r.query.CommandID, nil)
}

// finding: the invocation has not been visible yet.
type finding struct {
	*invocationRead
	lookup *lookup // Nil until the service reports that the invocation does not exist.
}

func (s *finding) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil:
		return s.next(ctx, i)
	case is(err, "InvocationDoesNotExist"):
		if s.lookup == nil {
			s.lookup = s.newLookup(s.query.CommandID, s.query.InstanceID, s.query.Visibility)
		}
		return s, s.lookup.absent(ctx)
	case is(err, "InvalidPluginName"):
		return newNaming(s.invocationRead).listed(ctx)
	}
	return nil, err
}

func (s *finding) PollBy() time.Time {
	if s.lookup == nil {
		return time.Time{}
	}
	return s.lookup.next
}

func (s *finding) TimedOut(ctx context.Context) error {
	if s.lookup == nil {
		return s.unreached(s.Trouble())
	}
	if entry := s.lookup.existence.Node; entry != nil {
		return s.lookup.byEntry(ctx, entry)
	}
	return s.lookup.timedOut(ctx)
}

// running: the invocation is visible and not complete.
type running struct {
	*invocationRead
	nextEntry time.Time  // When to compare with the node's entry.
	ended     poll.Grace // Starts when the entry is complete.
}

func (s *running) Poll(ctx context.Context) (poll.State, error) {
	i, err := s.get(ctx)
	switch {
	case err == nil && !i.Complete():
		s.result = Result{Invocation: *i}
		return s.compare(ctx)
	case err == nil:
		return s.next(ctx, i)
	}
	return s.failed(ctx, s, err)
}

// compare requests the node's entry once a minute. An agent can fail to report that a step is
// complete. If the entry is complete for stepGrace, the last response is the result.
func (s *running) compare(ctx context.Context) (poll.State, error) {
	now := time.Now()
	if now.Before(s.nextEntry) {
		return s, nil
	}
	entry, _, unavailable, err := s.listEntry(ctx)
	if err != nil {
		return nil, err
	}
	s.nextEntry = now.Add(lookupEvery)
	switch {
	case unavailable:
	case entry == nil || !entry.Complete():
		s.ended.Reset()
	case s.step == "" && len(entry.Steps) > 1:
		return (&summary{s.invocationRead}).take(entry)
	case s.ended.Over(now):
		s.result.StepUnfinished = &StepUnfinished{InvocationStatus: entry.Status, Waited: s.ended.Lasted(now)}
		return nil, nil
	default:
		s.nextEntry = s.ended.Ends()
	}
	return s, nil
}

func (s *running) TimedOut(ctx context.Context) error { return s.timedOut(ctx) }

// confirming: the step has just completed without output, and is polled again for late output.
type confirming struct {
	*invocationRead
	grace poll.Grace
	at    time.Time
}

func (s *confirming) Poll(ctx context.Context) (poll.State, error) {
	if time.Now().Before(s.at) {
		return s, nil // The schedule can be earlier.
	}
	i, err := s.get(ctx)
	var f *awscall.CallError
	switch {
	case err == nil:
		s.ran, s.query.completed = false, time.Time{} // Once is enough.
		return s.next(ctx, i)
	case s.grace.Over(time.Now()), errors.As(err, &f) && f.Final():
		return nil, nil // The stored response is complete.
	}
	return nil, err
}

func (s *confirming) PollBy() time.Time { return s.at }

func (s *confirming) TimedOut(context.Context) error { return nil }

// Invocation is the result of one step of a command on one node. A string is "" if the service
// returned nothing.
type Invocation struct {
	CommandID, InstanceID         string
	PluginName                    string
	Comment                       string
	DocumentName, DocumentVersion string
	// ResponseCode is the exit code; nil if the service returned none, -1 until the step is
	// complete.
	ResponseCode *int32
	// The times are strings as the service returns them. ExecutionEnd is the start plus whole
	// seconds, so the run time must not be computed from it.
	ExecutionStart, ExecutionElapsed, ExecutionEnd string
	// Status is the status of the step if a step is named or there is only one.
	Status, StatusDetails string
	StandardOutput        Stream
	StandardError         Stream
	// CloudWatchOutput is nil unless the command writes to CloudWatch Logs.
	CloudWatchOutput *CloudWatchOutput
}

// Complete reports whether the status is terminal.
func (i *Invocation) Complete() bool {
	return invocationComplete(types.CommandInvocationStatus(i.Status))
}

// Succeeded reports whether the status is Success.
func (i *Invocation) Succeeded() bool {
	return i.Status == string(types.CommandInvocationStatusSuccess)
}

// CloudWatchOutput is the destination of a command's output in CloudWatch Logs.
type CloudWatchOutput struct{ LogGroupName string }

// responseCodeIn reports whether a body has a ResponseCode. It reads the first JSON value of the
// body, as the SDK does. In the SDK's type, an absent ResponseCode is 0, the exit code of success.
// The service omits the member for an invocation with several steps, even if it failed
// (gravitational/teleport#17359). unsupported describes a ResponseCode that the SDK's type cannot
// hold, "" for others.
func responseCodeIn(body []byte) (present bool, unsupported string) {
	var top map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(body)).Decode(&top) != nil {
		return false, ""
	}
	member, present := top["ResponseCode"]
	if code, err := strconv.ParseFloat(string(member), 64); err == nil && float64(int32(code)) != code {
		unsupported = "ResponseCode " + string(member)
	}
	return present && string(member) != "null", unsupported
}

// newInvocation maps a response. hasCode is whether the response has a ResponseCode.
func newInvocation(out *ssm.GetCommandInvocationOutput, hasCode bool) *Invocation {
	i := &Invocation{
		CommandID:        text(out.CommandId),
		InstanceID:       text(out.InstanceId),
		PluginName:       text(out.PluginName),
		Comment:          text(out.Comment),
		DocumentName:     text(out.DocumentName),
		DocumentVersion:  text(out.DocumentVersion),
		ExecutionStart:   text(out.ExecutionStartDateTime),
		ExecutionElapsed: text(out.ExecutionElapsedTime),
		ExecutionEnd:     text(out.ExecutionEndDateTime),
		Status:           string(out.Status),
		StatusDetails:    text(out.StatusDetails),
		StandardOutput:   Stream{URL: text(out.StandardOutputUrl)},
		StandardError:    Stream{URL: text(out.StandardErrorUrl)},
		CloudWatchOutput: cloudWatchOutput(out.CloudWatchOutputConfig, text(out.DocumentName)),
	}
	if hasCode {
		i.ResponseCode = &out.ResponseCode
	}
	if i.Complete() {
		i.StandardOutput.set(aws.ToString(out.StandardOutputContent), standardOutputLimit)
		i.StandardError.set(aws.ToString(out.StandardErrorContent), standardErrorLimit)
	}
	return i
}

// withoutStep removes the members that belong to one step.
func (i *Invocation) withoutStep() {
	i.PluginName, i.ResponseCode = "", nil
	i.StandardOutput, i.StandardError = Stream{}, Stream{}
}

// maybeSeveral reports whether the response to a request without a step can be about several steps.
// Such a response has no output, and no exit code or no step's name. The exit code 0 of an
// invocation that did not succeed counts as absent. A response with output is about one step.
func (i *Invocation) maybeSeveral() bool {
	if !i.StandardOutput.Empty() || !i.StandardError.Empty() {
		return false
	}
	return i.ResponseCode == nil || i.PluginName == "" || *i.ResponseCode == 0 && i.Complete() && !i.Succeeded()
}

// cloudWatchOutput returns nil unless the output is sent to CloudWatch Logs. If the command names
// no group, neither does the response; the agent then uses /aws/ssm/<document> (messageutil.go; the
// text of the API model lacks the leading slash).
func cloudWatchOutput(c *types.CloudWatchOutputConfig, document string) *CloudWatchOutput {
	if c == nil || !c.CloudWatchOutputEnabled {
		return nil
	}
	name := text(c.CloudWatchLogGroupName)
	if name == "" {
		name = "/aws/ssm/" + document
	}
	return &CloudWatchOutput{LogGroupName: name}
}

// matches returns a [*awscall.MismatchError] unless the response has the IDs of the query. The SDK
// decodes an empty body to a response without IDs.
func matches(out *ssm.GetCommandInvocationOutput, q InvocationQuery) error {
	command, node, step := text(out.CommandId), text(out.InstanceId), text(out.PluginName)
	switch {
	case command == "" && node == "":
		return &awscall.MismatchError{Got: "nothing: it names no command and no node"}
	case !strings.EqualFold(command, q.CommandID):
		return another("command", command)
	case !strings.EqualFold(node, q.InstanceID):
		return another("node", node)
	case q.PluginName != "" && step != "" && step != q.PluginName:
		return another("step", step)
	}
	return nil
}

// invocationComplete reports whether a status is terminal for an invocation or a step.
//
// Only four statuses are terminal. The API reference also lists Delayed and Cancelling, which no
// recorded response has. A status that is unknown to this build is not terminal, because the result
// could be incomplete.
func invocationComplete(s types.CommandInvocationStatus) bool {
	switch s {
	case types.CommandInvocationStatusSuccess,
		types.CommandInvocationStatusFailed,
		types.CommandInvocationStatusTimedOut,
		types.CommandInvocationStatusCancelled:
		return true
	case types.CommandInvocationStatusPending,
		types.CommandInvocationStatusInProgress,
		types.CommandInvocationStatusDelayed,
		types.CommandInvocationStatusCancelling:
		return false
	default:
		return false
	}
}

// Stream is standard output or standard error of a step.
type Stream struct {
	// Content is nil until the step is complete, and for an invocation with several steps; "" is
	// an empty stream.
	Content *string
	// Truncated is whether Content is only the beginning of the stream.
	Truncated bool
	// URL is the URL of the object in S3, "" if the command does not write there. An empty stream
	// can have a URL, but has no object.
	URL string
}

// Empty reports whether the stream has no content, or none that is known.
func (s Stream) Empty() bool { return s.Content == nil || *s.Content == "" }

// Size returns the number of bytes of Content.
func (s Stream) Size() int { return len(aws.ToString(s.Content)) }

// set sets Content and Truncated from the content of a response. limit is standardOutputLimit or
// standardErrorLimit. Truncated depends on the length before invalid bytes are replaced.
func (s *Stream) set(raw string, limit int) {
	s.Truncated = truncated(raw, limit)
	content := clean(raw)
	s.Content = &content
}

// The limits of the agent and the service for a stream in GetCommandInvocation.
//
// The agent truncates both streams at 24,000 bytes, its marker included (amazon-ssm-agent
// iohandler.go, pluginutil.StringPrefix), and only if there are that many; the service then keeps
// 8,000 of stderr. Whether the service counts bytes or characters is not documented, so [truncated]
// covers both.
const (
	standardOutputLimit = 24000
	standardErrorLimit  = 8000
	agentMarker         = "--output truncated--"
	// A limit inside a multi-byte character leaves up to three bytes too few, or a replacement
	// character of three bytes in place of one.
	runeSlack = 3
)

// truncated reports whether content, as it was received, is a stream that was truncated at limit.
// The response has no flag for that, so the length and the agent's marker decide. A short text that
// ends with the marker is not truncated.
func truncated(content string, limit int) bool {
	n := len(content)
	switch {
	case strings.HasSuffix(content, agentMarker) && n >= standardOutputLimit-runeSlack:
		return true
	case limit == standardOutputLimit:
		return n >= limit
	case n == limit:
		return true
	case n > limit:
		// More bytes than the limit can only be a limit in characters, or a split character that
		// was replaced on the way.
		return utf8.RuneCountInString(content) >= limit || (n < limit+runeSlack && endsBroken(content))
	default:
		return n >= limit-runeSlack && endsBroken(content)
	}
}

// endsBroken reports whether the last character was split: invalid bytes, or the replacement
// character that an encoder put in their place.
func endsBroken(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r == utf8.RuneError
}
