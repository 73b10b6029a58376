package runcommand

import "time"

// The polling schedule: look at once, then wait a fifth of the time already
// waited, between one and ten seconds. So an end is noticed late by at most
// max(1 s, a fifth of the run time), and never by more than 10 s, while a command
// of an hour costs about 370 requests instead of 3,600.
const (
	shortestPause = time.Second
	longestPause  = 10 * time.Second
	pauseShare    = 5 // A fifth.
	// A pause is multiplied by 1-pauseSpread to 1, so that the reads of one plan
	// do not march in step. Never by more than 1: the bound above is a promise.
	pauseSpread = 0.1
)

// pauseAfter returns how long to wait before the next look when a read has
// already waited for so long; chance is a number in [0, 1).
func pauseAfter(waited time.Duration, chance float64) time.Duration {
	pause := min(max(waited/pauseShare, shortestPause), longestPause)
	return pause - time.Duration(chance*pauseSpread*float64(pause))
}
