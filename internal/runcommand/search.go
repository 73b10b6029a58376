// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	// searchLimit is the maximum time to search for a command whose response was lost.
	searchLimit = time.Minute
	// searchGrace is how long the search continues after an interrupt.
	searchGrace = 10 * time.Second
	// searchPause is the longest pause between two lookups.
	searchPause = 3 * time.Second
	// acceptedWithin is the maximum time from a request to the RequestedDateTime of its command. The
	// service rejects a delayed request when its signature is five minutes old.
	acceptedWithin = 10 * time.Minute
)

// Span is a period by the service's clock.
type Span struct{ From, Until time.Time }

// Prompt reports whether a command was requested before Send stopped waiting for the response. The
// span must be that of a [PerhapsSentError]. A later command can be that of a delayed request, or
// that of an equal request, which follows after the search.
func (s Span) Prompt(c *Command) bool {
	return !c.RequestedDateTime.After(s.Until.Add(sendLimit - acceptedWithin))
}

// FindSent lists the commands that have a fingerprint and were requested within a span. Both come
// from a [PerhapsSentError]. claimed has the commands that belong to another request or object, and
// found has the others. The errors are those of [Client.Commands].
func (c *Client) FindSent(ctx context.Context, want Fingerprint, span Span, timeout time.Duration) (found, claimed []Command, err error) {
	r := c.begin(time.Time{}, timeout)
	list := r.newSentList(want, func() Span { return span })
	err = r.run(ctx, &listingCommands{list})
	for _, command := range list.commands {
		if c.options.Claims.claimed(command.CommandID) {
			claimed = append(claimed, command)
		} else {
			found = append(found, command)
		}
	}
	return found, claimed, err
}

// newSentList returns a list of the commands that a request can have created.
func (r operation) newSentList(want Fingerprint, span func() Span) *commandList {
	between := span()
	document := want.Document
	if strings.Contains(document, ":") {
		document = "" // AWS does not document whether the filter accepts an ARN.
	}
	// The filters have a resolution of a second. AWS does not document whether they include it.
	after := between.From.Add(-time.Second).UTC().Format(filterTimeFormat)
	before := between.Until.Add(time.Second).UTC().Format(filterTimeFormat)
	return &commandList{
		operation: r,
		in:        ssm.ListCommandsInput{Filters: filters(byDocument, document, byInvokedAfter, after, byInvokedBefore, before)},
		keep: func(c *Command) bool {
			between := span() // Each response can narrow the span.
			return !c.RequestedDateTime.Before(between.From) && !c.RequestedDateTime.After(between.Until) && want.Matches(c)
		},
	}
}

// search searches for the command of a request whose response was lost. It adopts the command if
// exactly one matches and no other request can have created that command. lost means that the
// command of an earlier equal request may still appear: search then adopts none.
func (s *sending) search(ctx context.Context, cause error, lost bool) error {
	s.progress.tell(Progress{Phase: Searching}, s.waited())
	detached, cancel := withoutInterrupt(ctx, searchGrace, nil)
	defer cancel()
	search := s.newSearch()
	now := time.Now()
	err := poll.Run(detached, poll.Options{Started: now, Deadline: now.Add(searchLimit), Retry: search.retry}, search)
	dated := s.dated()
	if len(search.found) == 1 && !lost && dated && s.client.options.Claims.Claim(search.found[0].CommandID) {
		s.take(&search.found[0], true)
		return nil
	}
	s.perhaps = s.perhapsSent(s.responseTo(cause))
	s.perhaps.Lookups, s.perhaps.Unanswered = search.lookups, search.unanswered
	s.perhaps.Denied, s.perhaps.EarlierLost, s.perhaps.Undated = search.rejected, lost, !dated
	s.perhaps.Complete = search.complete && search.unanswered == 0
	s.perhaps.Candidates = withoutParameters(search.found)
	s.perhaps.Searched = time.Since(now)
	s.perhaps.Interrupted = isInterrupted(err) || ctx.Err() != nil
	return nil
}

// dated reports whether every command that matches was created after the request began.
func (s *sending) dated() bool {
	return s.request.UniqueComment || s.clock.precise() && steady(s.began)
}

// perhapsSent returns the error for the latest request.
func (s *sending) perhapsSent(response Response) *PerhapsSentError {
	return &PerhapsSentError{Response: response, Request: s.want, Within: s.clock.sentWithin(s.began), Unique: s.request.UniqueComment, Waited: s.waited()}
}

// responseTo returns the response that an error has, without parameter values.
func (s *sending) responseTo(err error) Response {
	var f *awscall.CallError
	if errors.As(err, &f) {
		return s.request.response(f)
	}
	return Response{Operation: sendCommand, Cause: s.request.withoutValues(err.Error())}
}

// withoutParameters returns copies without parameters, which can contain secrets.
func withoutParameters(commands []Command) []Command {
	commands = slices.Clone(commands)
	for i := range commands {
		commands[i].Parameters = nil
	}
	return commands
}

// search: ListCommands has not returned the command of a request whose response was lost.
type search struct {
	operation
	sending *sending
	next    time.Time

	found      []Command
	lookups    int       // Successful lookups.
	unanswered int       // Failed lookups.
	rejected   *Response // The rejection that ended the search.
	complete   bool      // The search took searchLimit, and its last lookup succeeded.
}

// newSearch returns a search with its own session. The search does not end after max_retries failed
// attempts, because a command that is not found can run without being tracked.
func (s *sending) newSearch() *search {
	client := &Client{api: clockedAPI{s.client.api, &s.clock}, options: s.client.options}
	session := awscall.NewSession(awscall.Options{
		RenewCredentials: s.client.options.RenewCredentials, Observe: s.client.options.Observe,
	}, &s.client.reached)
	return &search{operation: operation{Session: session, client: client, started: time.Now()}, sending: s}
}

// Poll lists the commands once.
func (s *search) Poll(ctx context.Context) (poll.State, error) {
	defer func() { s.next = time.Now().Add(searchPause) }() // Counted from the response.
	list := s.newSentList(s.sending.want, func() Span { return s.sending.clock.sentWithin(s.sending.began) })
	if err := list.readAll(ctx); err != nil {
		return s, err
	}
	s.lookups++
	s.found = slices.DeleteFunc(list.commands, func(c Command) bool { return s.sending.client.options.Claims.claimed(c.CommandID) })
	if len(s.found) > 0 && s.sending.dated() {
		return nil, nil
	}
	return s, nil // The next response can narrow the span.
}

// retry continues after every error except a rejection, which is not retryable.
func (s *search) retry(err error) (by time.Time, final error) {
	s.unanswered++
	var f *awscall.CallError
	if !errors.As(err, &f) {
		return by, nil
	}
	if again, _, _ := s.Retry(f); again || f.Kind == awscall.Unavailable {
		return by, nil
	}
	response := responseOf(f)
	s.rejected = &response
	return by, err
}

// PollBy returns the time of the next lookup.
func (s *search) PollBy() time.Time { return s.next }

// TimedOut lists the commands for the last time.
func (s *search) TimedOut(ctx context.Context) error {
	if _, err := s.Poll(ctx); err != nil {
		_, err = s.retry(err)
		return err
	}
	s.complete = true
	return nil
}
