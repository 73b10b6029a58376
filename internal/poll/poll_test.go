// SPDX-License-Identifier: MPL-2.0

package poll

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script is a State made of functions.
type script struct {
	poll     func(context.Context) (State, error)
	timedOut func(context.Context) error
	by       time.Time
}

func (s *script) Poll(ctx context.Context) (State, error) { return s.poll(ctx) }
func (s *script) TimedOut(ctx context.Context) error      { return s.timedOut(ctx) }
func (s *script) PollBy() time.Time                       { return s.by }
func unexpected(t *testing.T) func(context.Context) error {
	return func(context.Context) error { t.Error("it timed out"); return nil }
}

// in runs a test in virtual time, with options for an operation of an hour.
func in(t *testing.T, f func(t *testing.T, start time.Time, o Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f(t, start, Options{Started: start, Deadline: start.Add(time.Hour)})
	})
}

func TestRunGoesFromStateToState(t *testing.T) {
	in(t, func(t *testing.T, start time.Time, o Options) {
		var order []string
		third := &script{poll: func(context.Context) (State, error) { order = append(order, "third"); return nil, nil }}
		second := &script{poll: func(context.Context) (State, error) { order = append(order, "second"); return third, nil }}
		first := &script{timedOut: unexpected(t)}
		first.poll = func(context.Context) (State, error) {
			order = append(order, "first")
			if len(order) < 3 {
				return first, nil
			}
			return second, nil
		}
		if err := Run(t.Context(), o, first); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"first", "first", "first", "second", "third"}, order); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(start); took < 3*time.Second || took > 4*time.Second {
			t.Errorf("four pauses took %s", took)
		}
	})
}

func TestRetryDecidesOnErrors(t *testing.T) {
	in(t, func(t *testing.T, start time.Time, o Options) {
		temporary, final := errors.New("temporary"), errors.New("final")
		polls := 0
		o.Retry = func(err error) (time.Time, error) {
			if errors.Is(err, temporary) {
				return time.Now().Add(100 * time.Millisecond), nil
			}
			return time.Time{}, err
		}
		err := Run(t.Context(), o, &script{timedOut: unexpected(t), poll: func(context.Context) (State, error) {
			if polls++; polls < 5 {
				return nil, temporary // Not done: the state is polled again.
			}
			return nil, final
		}})
		if !errors.Is(err, final) || polls != 5 || time.Since(start) != 400*time.Millisecond {
			t.Errorf("%v after %d polls and %s", err, polls, time.Since(start))
		}
		o.Retry = nil
		if err := Run(t.Context(), o, &script{poll: func(context.Context) (State, error) { return nil, temporary }}); !errors.Is(err, temporary) {
			t.Error(err)
		}
	})
}

func TestScheduledStateIsPolledInTime(t *testing.T) {
	in(t, func(t *testing.T, start time.Time, o Options) {
		var at []time.Duration
		s := &script{timedOut: unexpected(t)}
		s.poll = func(context.Context) (State, error) {
			at = append(at, time.Since(start))
			s.by = start.Add(time.Duration(len(at)) * 250 * time.Millisecond)
			if len(at) == 4 {
				return nil, nil
			}
			return s, nil
		}
		if err := Run(t.Context(), o, s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("[0s 250ms 500ms 750ms]", fmt.Sprint(at)); diff != "" {
			t.Error(diff)
		}
	})
}

// A state whose time has passed is polled on the schedule, whether its polls fail or not: the time
// does not change during an outage.
func TestPollByInThePastHasNoEffect(t *testing.T) {
	outage := errors.New("outage")
	for name, failure := range map[string]error{"failing": outage, "not done": nil} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, start time.Time, o Options) {
				o.Deadline = start.Add(10 * time.Minute)
				o.Retry = func(error) (time.Time, error) { return start.Add(2 * time.Second), nil }
				polls, last := 0, start.Add(-time.Second)
				s := &script{by: start.Add(5 * time.Second), timedOut: func(context.Context) error { return outage }}
				s.poll = func(context.Context) (State, error) {
					// The last poll is made just before the deadline, whenever the one before was.
					final := time.Until(o.Deadline) <= lastPoll
					if pause := time.Since(last); pause < 900*time.Millisecond && time.Since(start) > 5*time.Second && !final {
						t.Fatalf("poll %d after %s", polls, pause)
					}
					polls, last = polls+1, time.Now()
					return s, failure
				}
				if err := Run(t.Context(), o, s); !errors.Is(err, outage) {
					t.Error(err)
				}
				if polls > 80 {
					t.Errorf("%d polls", polls)
				}
			})
		})
	}
}

// The deadline ends an operation between two polls and inside one, and the state says what that
// means. Its last requests are bounded.
func TestDeadline(t *testing.T) {
	meaning := errors.New("what it means")
	hang := func(ctx context.Context) (State, error) { <-ctx.Done(); return nil, ctx.Err() }
	in(t, func(t *testing.T, start time.Time, o Options) {
		var last time.Duration
		s := &script{}
		s.poll = func(context.Context) (State, error) { last = time.Since(start); return s, nil }
		s.timedOut = func(ctx context.Context) error {
			if rest, ok := ctx.Deadline(); !ok || time.Until(rest) != lastRequests {
				t.Errorf("the last requests may take until %s", rest)
			}
			return meaning
		}
		o.Deadline = start.Add(90 * time.Second)
		if err := Run(t.Context(), o, s); !errors.Is(err, meaning) || time.Since(start) != 90*time.Second || last != 89*time.Second {
			t.Errorf("%v after %s, last poll at %s", err, time.Since(start), last)
		}
	})
	in(t, func(t *testing.T, start time.Time, o Options) {
		second := &script{poll: hang, timedOut: func(context.Context) error { return meaning }}
		first := &script{timedOut: unexpected(t), poll: func(context.Context) (State, error) { return second, nil }}
		if err := Run(t.Context(), o, first); !errors.Is(err, meaning) || time.Since(start) != time.Hour {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
	in(t, func(t *testing.T, _ time.Time, o Options) {
		if err := Run(t.Context(), o, &script{poll: hang, timedOut: func(context.Context) error { return nil }}); err != nil {
			t.Errorf("a state whose values are the result: %v", err)
		}
	})
}

// An interrupt ends an operation at once, whatever it is doing, also while it asks for the last
// time.
func TestInterrupt(t *testing.T) {
	hang := func(ctx context.Context) (State, error) { <-ctx.Done(); return nil, ctx.Err() }
	pausing := &script{}
	pausing.poll = func(context.Context) (State, error) { return pausing, nil }
	out := &script{poll: hang, timedOut: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
	for name, c := range map[string]struct {
		state State
		limit time.Duration
	}{
		"in a poll":            {&script{poll: hang, timedOut: unexpected(t)}, time.Hour},
		"between two":          {pausing, time.Hour},
		"in the last requests": {out, 9 * time.Second},
	} {
		for _, by := range []string{"context", "interrupt"} {
			t.Run(name+", by the "+by, func(t *testing.T) {
				in(t, func(t *testing.T, start time.Time, o Options) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					life, end := context.WithCancel(t.Context())
					defer end()
					o.Interrupt, o.Deadline = life, start.Add(c.limit)
					time.AfterFunc(10*time.Second, map[string]func(){"context": cancel, "interrupt": end}[by])
					err := Run(ctx, o, c.state)
					var interrupted *InterruptedError
					if !errors.As(err, &interrupted) || !errors.Is(err, context.Canceled) || interrupted.Waited != 10*time.Second || time.Since(start) != 10*time.Second {
						t.Errorf("%v after %s", err, time.Since(start))
					}
				})
			})
		}
	}
}

func TestSchedule(t *testing.T) {
	var got []string
	for waited := time.Duration(0); len(got) < 16; {
		pause := pauseAfter(waited, 0)
		waited += pause
		got = append(got, fmt.Sprintf("%.1f", pause.Seconds()))
	}
	want := strings.Fields("1.0 1.0 1.0 1.0 1.0 1.0 1.2 1.4 1.7 2.1 2.5 3.0 3.6 4.3 5.2 6.2")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, waited := range []time.Duration{50 * time.Second, time.Hour, 48 * time.Hour} {
		if pause := pauseAfter(waited, 0); pause != 10*time.Second {
			t.Errorf("after %s the pause is %s, want 10s", waited, pause)
		}
	}
}

func TestRandomPauseIsNeverLonger(t *testing.T) {
	for _, waited := range []time.Duration{0, time.Second, 20 * time.Second, time.Hour} {
		whole := pauseAfter(waited, 0)
		if least := pauseAfter(waited, 0.999999); least < whole*9/10-time.Millisecond || least >= whole {
			t.Errorf("after %s the shortest pause is %s of %s, want 0.9 of it", waited, least, whole)
		}
	}
}

func TestGrace(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	g := Grace{Limit: 30 * time.Second}
	if g.Started() || !g.Ends().IsZero() || g.Lasted(start) != 0 {
		t.Errorf("before the condition was met: %+v", g)
	}
	if g.Over(at(0)) || g.Over(at(29)) || !g.Over(at(30)) || g.Lasted(at(40)) != 40*time.Second || g.Ends() != at(30) {
		t.Errorf("%+v", g)
	}
	g.Reset()
	if g.Started() || g.Over(at(100)) || !g.Over(at(130)) {
		t.Errorf("after a reset: %+v", g)
	}
	if none := (Grace{}); !none.Over(start) {
		t.Error("a limit of zero is over at once")
	}
}
