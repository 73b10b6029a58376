// SPDX-License-Identifier: MPL-2.0

package poll

import "time"

// The schedule: the first poll is immediate. Each pause is a fifth of the time since the start, at
// least 1 second and at most 10 seconds. So completion is detected within 1 second or 20% of the
// run time, whichever is longer, and never more than 10 seconds late. An operation of an hour takes
// about 370 polls instead of the 3,600 of one poll a second.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
	pauseShare    = 5 // A fifth.
	// pauseSpread shortens each pause by a random share of up to 10%, so that operations that start
	// at the same time do not poll at the same time. A pause is never longer, because that would
	// break the bounds above.
	pauseSpread = 0.1
)

// pauseAfter returns the pause before the next poll of an operation that began waited ago. chance
// is a random number in [0, 1).
func pauseAfter(waited time.Duration, chance float64) time.Duration {
	pause := min(max(waited/pauseShare, shortestPause), longestPause)
	return pause - time.Duration(chance*pauseSpread*float64(pause))
}
