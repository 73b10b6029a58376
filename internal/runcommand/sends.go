// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"strings"
	"sync"
)

// sends are the commands that a [Client] has sent. Two equal requests cannot be told apart in
// ListCommands, so that equal sends go one after another, and an ID that belongs to one of them is
// never taken for that of another.
type sends struct {
	mu    sync.Mutex
	ids   map[string]bool
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

// claim makes an ID that of one operation. It returns false if it belongs to another already.
func (s *sends) claim(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = strings.ToLower(id)
	if s.ids[id] {
		return false
	}
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	s.ids[id] = true
	return true
}

// claimed reports whether an ID belongs to an operation.
func (s *sends) claimed(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[strings.ToLower(id)]
}

// Claim tells the Client that a command is known to its caller, so that no search takes it for the
// command of another request. It returns false if the command belonged to a request or another
// caller before.
func (c *Client) Claim(commandID string) bool { return c.sends.claim(commandID) }
