// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"sync"
	"time"
)

// shared is a value that one fetch provides for many callers. Terraform reads ten data sources at a
// time, and all of them request the value concurrently.
//
// Each caller waits on its own context and not on a mutex, so that an interrupt ends the wait
// immediately. The fetch has its own context: it continues while any caller waits, and is canceled
// when the last one leaves.
type shared[T any] struct {
	// limit is the timeout of one fetch.
	limit time.Duration
	// final reports whether a retry cannot succeed. Only such errors are kept.
	final func(error) bool

	mu      sync.Mutex
	settled bool
	value   T
	err     error
	flight  *flight[T]
}

// flight is one fetch in progress.
type flight[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	value   T
	err     error
}

// get returns the value, and fetches it first if necessary.
func (s *shared[T]) get(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	s.mu.Lock()
	if s.settled {
		defer s.mu.Unlock()
		return s.value, s.err
	}
	f := s.flight
	if f == nil {
		f = s.start(ctx, fetch)
	}
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		s.leave(f)
		var none T
		return none, ctx.Err()
	}
}

// start begins a fetch. The caller holds the mutex.
func (s *shared[T]) start(ctx context.Context, fetch func(context.Context) (T, error)) *flight[T] {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limit)
	f := &flight[T]{done: make(chan struct{}), cancel: cancel}
	s.flight = f
	go func() {
		defer cancel()
		defer s.land(f)
		// No caller could recover the panic, which would end the provider.
		defer func() {
			if p := recover(); p != nil {
				f.err = &PanicError{value: p}
			}
		}()
		f.value, f.err = fetch(ctx)
	}()
	return f
}

// land keeps what the fetch returned, and hands it to the callers.
func (s *shared[T]) land(f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == f {
		s.flight = nil
		s.settled = f.err == nil || s.final(f.err)
		s.value, s.err = f.value, f.err
	}
	close(f.done)
}

// leave ends the wait of one caller.
func (s *shared[T]) leave(f *flight[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && s.flight == f {
		f.cancel()
		s.flight = nil // The next caller starts a new fetch.
	}
}

// drop discards the value. A fetch in progress continues: its value is new.
func (s *shared[T]) drop() {
	s.dropIf(func(T, error) bool { return true })
}

// dropIf discards the value or the error if outdated returns true for it.
func (s *shared[T]) dropIf(outdated func(T, error) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled && outdated(s.value, s.err) {
		var none T
		s.settled, s.value, s.err = false, none, nil
	}
}
