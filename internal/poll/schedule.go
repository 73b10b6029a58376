// SPDX-License-Identifier: MPL-2.0

package poll

import "time"

// The schedule: poll at once, then pause for a fifth of the time since the start, between one and
// ten seconds. Completion is detected late by at most max(1 s, a fifth of the run time), and never
// by more than 10 s, while an operation of an hour costs about 370 polls instead of 3,600.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
	pauseShare    = 5 // A fifth.
	// A pause is multiplied by 1-pauseSpread to 1, so that operations that start together do not
	// poll together. Never by more than 1: the bound above is a promise.
	pauseSpread = 0.1
)

// pauseAfter returns the pause before the next poll of an operation that has taken so long;
// chance is a number in [0, 1).
func pauseAfter(waited time.Duration, chance float64) time.Duration {
	pause := min(max(waited/pauseShare, shortestPause), longestPause)
	return pause - time.Duration(chance*pauseSpread*float64(pause))
}
