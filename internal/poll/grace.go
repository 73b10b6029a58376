// SPDX-License-Identifier: MPL-2.0

package poll

import "time"

// Grace is how long a condition may last before it is believed, such as a response that something
// does not exist.
type Grace struct {
	// Limit is that time.
	Limit time.Duration
	since time.Time
}

// Over starts the period at the first call, and reports whether the condition has lasted for the
// limit.
func (g *Grace) Over(now time.Time) bool {
	if g.since.IsZero() {
		g.since = now
	}
	return !now.Before(g.Ends())
}

// Started reports whether the condition was met since the last Reset.
func (g *Grace) Started() bool { return !g.since.IsZero() }

// Lasted is how long the condition has lasted.
func (g *Grace) Lasted(now time.Time) time.Duration {
	if g.since.IsZero() {
		return 0
	}
	return now.Sub(g.since)
}

// Ends is when the period is over, the zero time if it has not started.
func (g *Grace) Ends() time.Time {
	if g.since.IsZero() {
		return time.Time{}
	}
	return g.since.Add(g.Limit)
}

// Reset ends the period: the condition is not met any more.
func (g *Grace) Reset() { g.since = time.Time{} }
