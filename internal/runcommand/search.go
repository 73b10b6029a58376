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
	// searchLimit is how long a command is searched for that was perhaps sent.
	searchLimit = time.Minute
	// searchGrace is how long the search goes on after an interrupt.
	searchGrace = 10 * time.Second
	// searchPause is the longest pause between two lookups.
	searchPause = 3 * time.Second
	// acceptedWithin is how long after a request its command can be requested by the service's
	// clock: a request that is stuck on the way is rejected once its signature is five minutes old.
	acceptedWithin = 10 * time.Minute
)

// Span is a time from one moment to another, by the service's clock.
type Span struct{ From, Until time.Time }

// Prompt reports whether a command was requested while its request was waited for, if the span is that
// of a [PerhapsSentError]. A later command can be the one of a request that was delayed on the way, or
// of an equal request: the next one to be sent follows the search.
func (s Span) Prompt(c *Command) bool {
	return !c.RequestedDateTime.After(s.Until.Add(sendLimit - acceptedWithin))
}

// FindSent requests once the commands that have a fingerprint and were requested within a span, as
// a [PerhapsSentError] has both. claimed are those that are known to belong to another request or
// object, and found all others. The errors are those of [Client.Commands].
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

// newSentList lists the commands that a request can have made.
func (r operation) newSentList(want Fingerprint, span func() Span) *commandList {
	between := span()
	document := want.Document
	if strings.Contains(document, ":") {
		document = "" // Whether the filter takes an ARN is not documented.
	}
	// The filter has seconds, and whether it includes its own is not documented.
	after := between.From.Add(-time.Second).UTC().Format(filterTimeFormat)
	before := between.Until.Add(time.Second).UTC().Format(filterTimeFormat)
	return &commandList{
		operation: r,
		in:        ssm.ListCommandsInput{Filters: filters(byDocument, document, byInvokedAfter, after, byInvokedBefore, before)},
		keep: func(c *Command) bool {
			between := span() // The clock may be known better by now.
			return !c.RequestedDateTime.Before(between.From) && !c.RequestedDateTime.After(between.Until) && want.Matches(c)
		},
	}
}

// search finds out whether a request was accepted whose response was lost. It takes the command for
// its own if there is one that can be nothing else. lost says that the command of an earlier equal
// request may appear as well: then there is none.
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

// dated reports whether a command that is found cannot be older than the request.
func (s *sending) dated() bool {
	return s.request.UniqueComment || s.clock.precise() && steady(s.began)
}

// perhapsSent is the error about the latest request.
func (s *sending) perhapsSent(response Response) *PerhapsSentError {
	return &PerhapsSentError{Response: response, Request: s.want, Within: s.clock.sentWithin(s.began), Unique: s.request.UniqueComment, Waited: s.waited()}
}

// responseTo is what a request met.
func (s *sending) responseTo(err error) Response {
	var f *awscall.CallError
	if errors.As(err, &f) {
		return s.request.response(f)
	}
	return Response{Operation: sendCommand, Cause: s.request.withoutValues(err.Error())}
}

// withoutParameters leaves the parameters out, which can have secrets.
func withoutParameters(commands []Command) []Command {
	commands = slices.Clone(commands)
	for i := range commands {
		commands[i].Parameters = nil
	}
	return commands
}

// search: a command that was perhaps sent, and is not listed.
type search struct {
	operation
	sending *sending
	next    time.Time

	found      []Command
	lookups    int       // That were answered.
	unanswered int       // That were not.
	rejected   *Response // The rejection that ended the search.
	complete   bool      // The time is over, and the last lookup was answered.
}

// newSearch returns a search with a session of its own: it does not end after max_retries failed
// attempts, since giving up early leaves a command behind.
func (s *sending) newSearch() *search {
	client := &Client{api: clockedAPI{s.client.api, &s.clock}, options: s.client.options}
	session := awscall.NewSession(awscall.Options{
		RenewCredentials: s.client.options.RenewCredentials, Observe: s.client.options.Observe,
	}, &s.client.reached)
	return &search{operation: operation{Session: session, client: client, started: time.Now()}, sending: s}
}

// Poll lists the commands once.
func (s *search) Poll(ctx context.Context) (poll.State, error) {
	defer func() { s.next = time.Now().Add(searchPause) }() // From the response on.
	list := s.newSentList(s.sending.want, func() Span { return s.sending.clock.sentWithin(s.sending.began) })
	if err := list.readAll(ctx); err != nil {
		return s, err
	}
	s.lookups++
	s.found = slices.DeleteFunc(list.commands, func(c Command) bool { return s.sending.client.options.Claims.claimed(c.CommandID) })
	if len(s.found) > 0 && s.sending.dated() {
		return nil, nil
	}
	return s, nil // The clock may be known better by the next response.
}

// retry goes on after every error except a rejection, which does not change within a minute.
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

// PollBy bounds the pause.
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
