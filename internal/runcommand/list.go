// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	listCommands           = "ListCommands"
	listCommandInvocations = "ListCommandInvocations"

	// pageSize is the maximum number of entries in a page of the list operations.
	pageSize = 50
	// pageBodyLimit is the maximum size of a page in bytes. A broken proxy can send any amount.
	pageBodyLimit = 64 << 20

	// The API reference allows pages without a new entry. The first immediatePages of them in a row
	// are read without a pause, and the next ones with a pagePause, so that a list without an end
	// takes no more requests than polling.
	immediatePages = 10
	pagePause      = time.Second
)

// page describes one page of a list.
type page struct {
	next string // The token of the next page, "" at the end.
	rows int    // Entries that were not on an earlier page.
	size int64  // Bytes that count against [Options.MaxListBytes].
}

// pages reads a list page by page. After a failed page, the next walk continues with that page.
type pages struct {
	limit int64 // In bytes; 0 means no limit.
	token string
	seen  map[string]bool
	ended bool
	size  int64
	rows  int
	empty int  // Pages in a row without a new entry.
	again bool // The list was read from the beginning a second time.
}

// walk reads the pages, from the page where the last walk failed. A short or empty page can have a
// token: only a page without a token ends the list.
func (p *pages) walk(ctx context.Context, operation string, read func(ctx context.Context, token *string) (page, error)) error {
	for !p.ended {
		var token *string
		if p.token != "" {
			token = &p.token
		}
		if p.empty >= immediatePages {
			if err := poll.Sleep(ctx, pagePause); err != nil {
				return err
			}
		}
		page, err := read(ctx, token)
		if is(err, "InvalidNextToken") && token != nil && !p.again {
			// A token can expire during an outage.
			*p = pages{limit: p.limit, again: true}
			continue
		}
		if err != nil {
			return err
		}
		p.rows += page.rows
		p.empty++
		if page.rows > 0 {
			p.empty = 0
		}
		if p.size += page.size; p.limit > 0 && p.size > p.limit {
			return &TooLargeError{Limit: p.limit, Rows: p.rows}
		}
		if p.seen[page.next] {
			return &EndlessListError{Operation: operation}
		}
		if p.seen == nil {
			p.seen = map[string]bool{}
		}
		p.seen[page.next] = true
		p.token, p.ended = page.next, page.next == ""
	}
	return nil
}

// commandPage is a page of ListCommands.
type commandPage struct {
	commands []*Command
	next     string
	size     int
}

// listCommands reads one page.
func (r operation) listCommands(ctx context.Context, in *ssm.ListCommandsInput) (*commandPage, error) {
	var page *commandPage
	var m members
	err := r.call(ctx, awscall.Call{Operation: listCommands, BodyLimit: pageBodyLimit, Inspect: m.inspect}, func(ctx context.Context, o func(*ssm.Options)) error {
		out, err := r.client.api.ListCommands(ctx, in, o)
		if err != nil {
			return err
		}
		if err := m.list(); err != nil {
			return err
		}
		page = &commandPage{next: aws.ToString(out.NextToken), size: m.size}
		for i, c := range out.Commands {
			if in.CommandId != nil && !strings.EqualFold(text(c.CommandId), *in.CommandId) {
				// Without this check, the response would mean that the command does not exist.
				return another("command", text(c.CommandId))
			}
			page.commands = append(page.commands, newCommand(c, &m, i))
		}
		return nil
	})
	return page, err
}

// findCommand calls ListCommands for one command. It returns nil if the service has no record of
// it.
func (r operation) findCommand(ctx context.Context, id string) (*Command, error) {
	var found *Command
	p := pages{}
	err := p.walk(ctx, listCommands, func(ctx context.Context, token *string) (page, error) {
		commands, err := r.listCommands(ctx, &ssm.ListCommandsInput{CommandId: aws.String(id), NextToken: token})
		switch {
		case err != nil:
			return page{}, err
		case len(commands.commands) > 0:
			found = commands.commands[0]
			return page{rows: 1}, nil
		}
		return page{next: commands.next}, nil
	})
	return found, err
}

// invocationPage is a page of ListCommandInvocations.
type invocationPage struct {
	entries []*NodeInvocation
	next    string
	size    int
}

// listInvocations reads one page.
func (r operation) listInvocations(ctx context.Context, in *ssm.ListCommandInvocationsInput) (*invocationPage, error) {
	var page *invocationPage
	var m members
	err := r.call(ctx, awscall.Call{Operation: listCommandInvocations, BodyLimit: pageBodyLimit, Inspect: m.inspect}, func(ctx context.Context, o func(*ssm.Options)) error {
		out, err := r.client.api.ListCommandInvocations(ctx, in, o)
		if err != nil {
			return err
		}
		if err := m.list(); err != nil {
			return err
		}
		page = &invocationPage{next: aws.ToString(out.NextToken), size: m.size}
		for i, entry := range out.CommandInvocations {
			switch n := newNodeInvocation(entry, &m, i); {
			case in.CommandId != nil && !strings.EqualFold(n.CommandID, *in.CommandId):
				return another("command", n.CommandID)
			case in.InstanceId != nil && !strings.EqualFold(n.InstanceID, *in.InstanceId):
				return another("node", n.InstanceID)
			default:
				page.entries = append(page.entries, n)
			}
		}
		return nil
	})
	return page, err
}

// findEntry calls ListCommandInvocations for one node. It returns nil if there is no entry.
func (r operation) findEntry(ctx context.Context, command, node string) (*NodeInvocation, error) {
	var found *NodeInvocation
	p := pages{}
	err := p.walk(ctx, listCommandInvocations, func(ctx context.Context, token *string) (page, error) {
		entries, err := r.listInvocations(ctx, &ssm.ListCommandInvocationsInput{
			CommandId: aws.String(command), InstanceId: aws.String(node), Details: true, NextToken: token,
		})
		switch {
		case err != nil:
			return page{}, err
		case len(entries.entries) > 0:
			found = entries.entries[0]
			return page{rows: 1}, nil
		}
		return page{next: entries.next}, nil
	})
	return found, err
}

// firstEntries returns the first page of a command's entries.
func (r operation) firstEntries(ctx context.Context, command string) (*invocationPage, error) {
	return r.listInvocations(ctx, &ssm.ListCommandInvocationsInput{CommandId: aws.String(command), MaxResults: aws.Int32(pageSize)})
}

// list returns a [*awscall.MismatchError] for a response to a list operation that has no list. The
// SDK decodes such a response as an empty list, which means that the command does not exist.
func (m *members) list() error {
	switch {
	case m.empty:
		return &awscall.MismatchError{Got: "nothing: its body is empty"}
	case m.foreign:
		return &awscall.MismatchError{Got: "something else: it has no list"}
	}
	return nil
}

// another returns the error about a response for another command, node, or step.
func another(thing, name string) error {
	if name == "" {
		return &awscall.MismatchError{Got: "no " + thing + ": it names none"}
	}
	return &awscall.MismatchError{Got: "another " + thing + ", " + name}
}

// commandList reads a list of commands, page by page.
type commandList struct {
	operation
	in       ssm.ListCommandsInput
	keep     func(*Command) bool // Nil keeps all commands.
	limit    int                 // 0 means no limit.
	pages    pages
	commands []Command
	places   map[string]int  // The index in commands of each ID.
	readIDs  map[string]bool // The IDs of all commands that were read, even if keep rejected them.
	newest   time.Time       // The request time of the newest of them.
}

// readAll reads the list to its end, or to its limit.
func (l *commandList) readAll(ctx context.Context) error {
	if l.readIDs == nil {
		l.readIDs, l.places = map[string]bool{}, map[string]int{}
		l.pages.limit = l.client.options.MaxListBytes
	}
	return l.pages.walk(ctx, listCommands, func(ctx context.Context, token *string) (page, error) {
		in := l.in
		in.NextToken = token
		in.MaxResults = aws.Int32(pageSize)
		if l.limit > 0 {
			in.MaxResults = aws.Int32(int32(min(pageSize, l.limit-len(l.commands)))) //nolint:gosec // At most pageSize.
		}
		list, err := l.listCommands(ctx, &in)
		if err != nil {
			return page{}, err
		}
		p, kept := page{next: list.next}, len(l.commands)
		for _, c := range list.commands {
			if id := strings.ToLower(c.CommandID); !l.readIDs[id] {
				l.readIDs[id] = true
				p.rows++
			}
			if c.RequestedDateTime.After(l.newest) {
				l.newest = c.RequestedDateTime
			}
			if l.keep == nil || l.keep(c) {
				l.add(*c)
			}
		}
		if len(l.commands) > kept {
			p.size = int64(list.size)
		}
		if l.limit > 0 && len(l.commands) == l.limit {
			p.next = ""
		}
		return p, nil
	})
}

// add adds a command. It replaces a command with the same ID: new commands can move a command to
// the next page while the list is read.
func (l *commandList) add(c Command) {
	id := strings.ToLower(c.CommandID)
	if at, known := l.places[id]; known {
		l.commands[at] = c
		return
	}
	if l.limit > 0 && len(l.commands) == l.limit {
		return
	}
	l.places[id] = len(l.commands)
	l.commands = append(l.commands, c)
}

// unfinished returns the error of a list that was not read to its end before the deadline: an
// [*UnfinishedListError], or an [*UnavailableError] if no entry was read.
func (r operation) unfinished(operation string, rows int) error {
	if rows == 0 {
		return r.unreached(r.Trouble())
	}
	return &UnfinishedListError{Operation: operation, Rows: rows, Waited: r.waited(), Trouble: r.trouble()}
}

// invocationList reads a list of invocations, page by page.
type invocationList struct {
	operation
	in      ssm.ListCommandInvocationsInput
	pages   pages
	entries map[string]NodeInvocation
}

// readAll reads the list to its end. It merges entries with the same ID: new entries can move an
// entry to the next page while the list is read.
func (l *invocationList) readAll(ctx context.Context) error {
	if l.entries == nil {
		l.entries = map[string]NodeInvocation{}
		l.pages.limit = l.client.options.MaxListBytes
	}
	return l.pages.walk(ctx, listCommandInvocations, func(ctx context.Context, token *string) (page, error) {
		in := l.in
		in.NextToken = token
		list, err := l.listInvocations(ctx, &in)
		if err != nil {
			return page{}, err
		}
		p := page{next: list.next, size: int64(list.size)}
		for _, entry := range list.entries {
			key := strings.ToLower(entry.CommandID + " " + entry.InstanceID)
			if earlier, twice := l.entries[key]; twice {
				l.entries[key] = worse(earlier, *entry)
				continue
			}
			l.entries[key] = *entry
			p.rows++
		}
		return p, nil
	})
}

// sorted returns the entries by instance ID, request time, and command ID.
func (l *invocationList) sorted() []NodeInvocation {
	entries := make([]NodeInvocation, 0, len(l.entries))
	for _, n := range l.entries {
		entries = append(entries, n)
	}
	slices.SortFunc(entries, func(a, b NodeInvocation) int {
		return cmp.Or(cmp.Compare(a.InstanceID, b.InstanceID), a.RequestedDateTime.Compare(b.RequestedDateTime), cmp.Compare(a.CommandID, b.CommandID))
	})
	return entries
}

// filters returns the filters of a list operation for pairs of key and value. It omits an empty
// value.
func filters(pairs ...string) []types.CommandFilter {
	var list []types.CommandFilter
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, types.CommandFilter{Key: types.CommandFilterKey(pairs[i]), Value: aws.String(pairs[i+1])})
		}
	}
	return list
}

const (
	byStatus         = string(types.CommandFilterKeyStatus)
	byDocument       = string(types.CommandFilterKeyDocumentName)
	byStage          = string(types.CommandFilterKeyExecutionStage)
	byInvokedAfter   = string(types.CommandFilterKeyInvokedAfter)
	byInvokedBefore  = string(types.CommandFilterKeyInvokedBefore)
	filterTimeFormat = "2006-01-02T15:04:05Z"
)
