// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"strings"
	"sync"
)

// Claims are the IDs of commands that belong to an operation or to an object of a caller. A search
// for a command whose response was lost never adopts a claimed command. Command IDs are unique
// across Regions, so all Clients of a process can share their Claims. The zero value is ready to
// use.
type Claims struct {
	mu  sync.Mutex
	ids map[string]bool
}

// Claim claims an ID. It returns false if the ID was claimed before.
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

// claimed reports whether an ID is claimed.
func (c *Claims) claimed(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ids[strings.ToLower(id)]
}

// sends serializes equal SendCommand requests of a [Client], because ListCommands does not show
// which command belongs to which of two equal requests.
type sends struct {
	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is the state that equal requests share.
type lane struct {
	turn chan struct{} // Holds a value during a request and the search for its command.
	// lost is set if the command of an earlier request may still appear. The holder of turn uses it.
	lost bool
}

// enter waits until no equal request is in progress. If there is none, it succeeds even if the
// context has ended.
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

// Claim claims a command for the caller, so that no search adopts it as the command of another
// request. It returns false if a request or another caller has claimed the command before.
func (c *Client) Claim(commandID string) bool { return c.options.Claims.Claim(commandID) }
