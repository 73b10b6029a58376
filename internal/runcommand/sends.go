// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"strings"
	"sync"
)

// Claims are the IDs of commands that belong to an operation, or to an object of a caller. A search for
// a command whose response was lost never takes one of them. IDs are unique in all Regions, so that
// all Clients of a process share their Claims. The zero value is ready to use.
type Claims struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Claim makes an ID that of one operation or object. It returns false if it was claimed before.
func (c *Claims) Claim(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	id = strings.ToLower(id)
	if c.ids[id] {
		return false
	}
	if c.ids == nil {
		c.ids = map[string]bool{}
	}
	c.ids[id] = true
	return true
}

// claimed reports whether an ID belongs to an operation or object.
func (c *Claims) claimed(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[strings.ToLower(id)]
}

// sends are the requests of a [Client] to send. Two equal requests cannot be told apart in
// ListCommands, so that equal sends go one after another.
type sends struct {
	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is what equal requests have in common.
type lane struct {
	turn chan struct{} // Holds a value while a request, or the search for its command, is under way.
	// lost is set if the command of an earlier request may still appear. It is used in turn.
	lost bool
}

// enter waits until no equal request is under way. If none is, it succeeds also if the context has
// ended.
func (s *sends) enter(ctx context.Context, key string) (*lane, error) {
	s.mu.Lock()
	l := s.lanes[key]
	if l == nil {
		l = &lane{turn: make(chan struct{}, 1)}
		if s.lanes == nil {
			s.lanes = map[string]*lane{}
		}
		s.lanes[key] = l
	}
	s.mu.Unlock()
	select {
	case l.turn <- struct{}{}:
		return l, nil
	default:
	}
	select {
	case l.turn <- struct{}{}:
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *lane) leave() { <-l.turn }

// Claim tells the Client that a command is known to its caller, so that no search takes it for the
// command of another request. It returns false if the command belonged to a request or another
// caller before.
func (c *Client) Claim(commandID string) bool { return c.options.Claims.Claim(commandID) }
