//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakOf is the most memory that an ended process, or one below it, held.
func peakOf(state *os.ProcessState) int64 {
	usage, is := state.SysUsage().(*syscall.Rusage)
	if !is {
		return 0
	}
	most := int64(usage.Maxrss) //nolint:unconvert // It is an int32 on 32-bit platforms.
	if runtime.GOOS == "darwin" {
		return most // Bytes there, kilobytes elsewhere.
	}
	return most << 10
}
