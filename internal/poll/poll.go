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
	// lastPoll is how long before the deadline the last poll is made, so that the whole time is
	// used.
	lastPoll = time.Second
	// lastRequests bounds what [State.TimedOut] may spend on requests after the deadline.
	lastRequests = 5 * time.Second
)

// State is one phase of an operation.
type State interface {
	// Poll makes the requests of this phase once. It returns the state to poll next: itself to
	// be polled again, nil when the operation is complete. With an error that is retried, the
	// state that Poll returns is ignored.
	Poll(ctx context.Context) (next State, err error)
	// TimedOut returns what it means that the deadline passed in this phase; nil if what the
	// operation has is its result. The context gives it a few seconds for requests.
	TimedOut(ctx context.Context) error
}

// Scheduled is a State that must be polled no later than at a time of its own. A time that has passed
// has no effect: during an outage it stays the same, and must not make every pause zero.
type Scheduled interface {
	State
	// PollBy returns that time, or the zero time.
	PollBy() time.Time
}

// Options say how an operation is polled.
type Options struct {
	// Started is when the operation began. The pause between polls grows with the time since.
	Started time.Time
	// Deadline is when the operation must end.
	Deadline time.Time
	// Interrupt ends the operation when it is done, as the end of the operation's own context
	// does. Nil never does.
	Interrupt context.Context
	// Retry decides on an error of a poll. It returns the error that ends the operation, or nil
	// to poll the same state again, no later than by unless that has passed. Nil ends the operation
	// with every error.
	Retry func(err error) (by time.Time, final error)
}

// InterruptedError says that the caller ended the operation.
type InterruptedError struct {
	// Waited is how long the operation had been going on.
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

// Run polls from the state s on. Its errors are those that Poll and Retry make final, those of
// TimedOut, and [*InterruptedError].
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

// run polls until the deadline, and returns the state that it was in.
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

// pause sleeps until the next poll and reports whether there is time for one. The poll is made by
// the given times, except for those that have passed.
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

// Sleep waits, and returns the context's error if the context ends first.
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
