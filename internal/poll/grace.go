// SPDX-License-Identifier: MPL-2.0

package poll

import "time"

// Grace is a grace period: how long a condition must last before an operation acts on it. An
// example of a condition is the response that something does not exist.
type Grace struct {
	// Limit is the length of the period.
	Limit time.Duration
	since time.Time // When the condition began; zero if it does not hold.
}

// Over reports whether the condition has lasted for the limit. The first call starts the period.
// Call it whenever the condition holds.
func (g *Grace) Over(now time.Time) bool {
	if g.since.IsZero() {
		g.since = now
	}
	return !now.Before(g.Ends())
}

// Started reports whether the period has started since the last Reset.
func (g *Grace) Started() bool { return !g.since.IsZero() }

// Lasted returns how long the condition has lasted, 0 if the period has not started.
func (g *Grace) Lasted(now time.Time) time.Duration {
	if g.since.IsZero() {
		return 0
	}
	return now.Sub(g.since)
}

// Ends returns when the period is over, or the zero time if it has not started.
func (g *Grace) Ends() time.Time {
	if g.since.IsZero() {
		return time.Time{}
	}
	return g.since.Add(g.Limit)
}

// Reset ends the period, because the condition no longer holds.
func (g *Grace) Reset() { g.since = time.Time{} }
