package runcommand

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// reachLimit: until the service has answered anything at all, failing to reach
	// it is final after this long. A wrong endpoint or a closed firewall should not
	// cost an hour.
	reachLimit = time.Minute
	// lastLook is how long before the deadline the last look is taken, so that the
	// read's whole time is used.
	lastLook = time.Second
)

// errOutOfTime is returned by [wait.run] when the read's own time is over. What
// that means depends on what was seen.
var errOutOfTime = errors.New("out of time")

// wait is the state of one read that does not depend on what is read: its clocks,
// and how the service has been answering.
type wait struct {
	reader   *Reader
	started  time.Time // When the read began.
	begun    time.Time // When the first question was put.
	deadline time.Time

	answered bool     // The service has answered something.
	failed   int      // Consecutive failed attempts.
	trouble  *failure // What they met last; nil after an answer.
	renewed  bool     // Credentials were renewed and have not worked since.
	wake     time.Time
}

// newWait returns the state of a read that began at started, or now where that is
// zero.
func (r *Reader) newWait(started time.Time, timeout time.Duration) *wait {
	if started.IsZero() {
		started = time.Now()
	}
	return &wait{reader: r, started: started, deadline: started.Add(timeout)}
}

// waited is how long the read has been at it.
func (w *wait) waited() time.Duration { return time.Since(w.started) }

// wakeAt asks for a look no later than t.
func (w *wait) wakeAt(t time.Time) {
	if w.wake.IsZero() || t.Before(w.wake) {
		w.wake = t
	}
}

// run repeats look until it is done, by the schedule of [pauseAfter].
//
// A look returns false to be repeated. A [*failure] among its errors is weighed
// here; any other error ends the read. run itself returns [errOutOfTime] when the
// deadline passes, also inside a look, and [*InterruptedError] when the caller's
// context ends, whatever the read was waiting for.
func (w *wait) run(parent context.Context, look func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithDeadline(parent, w.deadline)
	defer cancel()
	w.begun = time.Now()
	for {
		w.wake = time.Time{}
		done, err := look(ctx)
		switch {
		case err == nil && done:
			return nil
		case parent.Err() != nil:
			return &InterruptedError{Waited: w.waited(), cause: parent.Err()}
		case ctx.Err() != nil:
			return errOutOfTime
		case err != nil:
			if final := w.weigh(err); final != nil {
				return final
			}
		}
		if !w.pause(ctx) {
			if parent.Err() != nil {
				return &InterruptedError{Waited: w.waited(), cause: parent.Err()}
			}
			return errOutOfTime
		}
	}
}

// weigh returns nil when a failed question may be asked again, else the error
// that ends the read.
func (w *wait) weigh(err error) error {
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	switch f.kind {
	case unavailable:
		limit := w.reader.options.MaxAttempts
		switch {
		case limit > 0 && w.failed >= limit:
			return w.unavailable(f, GaveUpAttempts)
		case w.answered:
			return nil
		case f.hopeless:
			return w.unavailable(f, GaveUpHopeless)
		case time.Since(w.begun) >= reachLimit:
			return w.unavailable(f, GaveUpUnreached)
		}
		w.wakeAt(w.begun.Add(reachLimit))
		return nil
	case stale:
		if w.renewed || w.reader.options.RenewCredentials == nil {
			return &CredentialsError{Answer: f.answer()}
		}
		w.renewed = true
		w.reader.options.RenewCredentials()
		return nil
	case unusable:
		return &CredentialsError{Answer: f.answer()}
	case denied:
		return &AccessDeniedError{Answer: f.answer()}
	case rejected, notVisible, stepUnknown:
		return &RejectedError{Answer: f.answer()}
	}
	return err
}

func (w *wait) unavailable(f *failure, why GaveUp) error {
	return &UnavailableError{Why: why, Attempts: w.failed, Waited: w.waited(), Answer: f.answer()}
}

// pause sleeps until the next look and reports whether there is time for one.
func (w *wait) pause(ctx context.Context) bool {
	pause := pauseAfter(w.waited(), rand.Float64())
	if !w.wake.IsZero() {
		pause = min(pause, time.Until(w.wake))
	}
	if rest := time.Until(w.deadline); pause > rest-lastLook {
		pause = rest
		if rest > lastLook {
			pause = rest - lastLook
		}
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil && time.Until(w.deadline) > 0
	case <-ctx.Done():
		return false
	}
}
