// SPDX-License-Identifier: MPL-2.0

// Package poll runs operations that need several polls to complete.
//
// An operation is a sequence of states. [Run] polls the current state on a schedule until a state
// has no successor, the deadline passes, or the caller interrupts it.
package poll

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// lastPoll is the time from the last poll to the deadline. A pause that would end later is
	// shortened, so that an operation also polls at the end of its time.
	lastPoll = time.Second
	// lastRequests is the maximum time for the requests of [State.TimedOut] after the deadline.
	lastRequests = 5 * time.Second
)

// State is one phase of an operation.
type State interface {
	// Poll makes the requests of this phase once. It returns the state to poll next, which can be
	// the same state, or nil if the operation is complete. If it returns an error that is retried,
	// the same state is polled again.
	Poll(ctx context.Context) (next State, err error)
	// TimedOut returns the error of an operation whose deadline passes in this phase, or nil if the
	// operation has a result. It may make requests for a few seconds, until the context ends.
	TimedOut(ctx context.Context) error
}

// Scheduled is a State that must be polled no later than at the time of PollBy. A time in the past
// has no effect: PollBy can return the same time throughout an outage, and the pauses must not
// become zero.
type Scheduled interface {
	State
	// PollBy returns the latest time of the next poll, or the zero time for no limit.
	PollBy() time.Time
}

// Options configure [Run].
type Options struct {
	// Started is when the operation began. The pause between polls grows with the time since.
	Started time.Time
	// Deadline is when the operation must end.
	Deadline time.Time
	// Interrupt is a second context that interrupts the operation when it is done. It may be nil.
	Interrupt context.Context
	// Retry decides whether to poll again after an error of a poll. It returns the error that ends
	// the operation, or nil to poll the same state again, no later than at by. A zero time, or one
	// in the past, sets no limit. If Retry is nil, every error ends the operation.
	Retry func(err error) (by time.Time, final error)
}

// InterruptedError reports that the caller ended the operation.
type InterruptedError struct {
	// Waited is the time from the start of the operation to the interrupt.
	Waited time.Duration
	// Cause is the error of the context.
	Cause error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted after %s", e.Waited.Round(time.Second))
}

// Unwrap returns the error of the context.
func (e *InterruptedError) Unwrap() error { return e.Cause }

// errTimedOut is returned by [run] when the deadline passed.
var errTimedOut = errors.New("timed out")

// Run runs an operation that begins in the state s. It returns an [*InterruptedError], an error of
// [State.TimedOut], an error of [Options.Retry], or an error of [State.Poll] if Retry is nil.
func Run(parent context.Context, o Options, s State) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	if o.Interrupt != nil {
		defer context.AfterFunc(o.Interrupt, stop)() //nolint:contextcheck // A second context that ends the operation.
	}
	last, err := run(ctx, o, s)
	if errors.Is(err, errTimedOut) && ctx.Err() == nil {
		limited, cancel := context.WithTimeout(ctx, lastRequests)
		defer cancel()
		err = last.TimedOut(limited)
	}
	if ctx.Err() != nil && err != nil {
		return &InterruptedError{Waited: time.Since(o.Started), Cause: ctx.Err()}
	}
	return err
}

// run polls until the operation is complete, an error is final, or the deadline passes. It returns
// the last state.
func run(parent context.Context, o Options, s State) (State, error) {
	ctx, cancel := context.WithDeadline(parent, o.Deadline)
	defer cancel()
	for {
		next, err := s.Poll(ctx)
		var by time.Time
		switch {
		case err == nil && next == nil:
			return s, nil
		case ctx.Err() != nil:
			if err == nil {
				s = next
			}
			return s, errTimedOut
		case err == nil:
			s = next
		case o.Retry == nil:
			return s, err
		default:
			var final error
			if by, final = o.Retry(err); final != nil {
				return s, final
			}
		}
		var own time.Time
		if scheduled, ok := s.(Scheduled); ok {
			own = scheduled.PollBy()
		}
		if !o.pause(ctx, by, own) {
			return s, errTimedOut
		}
	}
}

// pause sleeps until the next poll, and reports whether there is time for one. It sleeps no longer
// than until the earliest of the times that is not in the past.
func (o Options) pause(ctx context.Context, by ...time.Time) bool {
	pause := pauseAfter(time.Since(o.Started), rand.Float64()) //nolint:gosec // Spreads polls; no secret.
	for _, t := range by {
		if left := time.Until(t); left > 0 {
			pause = min(pause, left)
		}
	}
	if rest := time.Until(o.Deadline); pause > rest-lastPoll {
		pause = rest
		if rest > lastPoll {
			pause = rest - lastPoll
		}
	}
	return Sleep(ctx, pause) == nil && time.Until(o.Deadline) > 0
}

// Sleep sleeps for d, or until the context ends. It returns the error of the context.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
