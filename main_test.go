// SPDX-License-Identifier: MPL-2.0

package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// The settings of the runtime apply again after the first collection.
func TestDelayGarbageCollection(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	delayGarbageCollection()
	if percent := debug.SetGCPercent(-1); percent != -1 {
		t.Errorf("before the first collection, the percentage is %d", percent)
	}
	for range 100 {
		runtime.GC()
		if limit := debug.SetMemoryLimit(-1); limit == math.MaxInt64 {
			if percent := debug.SetGCPercent(100); percent != 100 {
				t.Errorf("after the first collection, the percentage is %d", percent)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the memory limit stays")
}

// A log level of the user applies to the libraries, too.
func TestSilenceLibraries(t *testing.T) {
	for name, want := range map[string]string{"": "OFF", "TF_LOG": "", "TF_LOG_PROVIDER": "", "TF_LOG_SDK": "DEBUG"} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"TF_LOG", "TF_LOG_CORE", "TF_LOG_PROVIDER", "TF_LOG_PATH", "TF_LOG_SDK"} {
				t.Setenv(variable, "")
			}
			if name != "" {
				t.Setenv(name, "DEBUG")
			}
			silenceLibraries()
			if got := os.Getenv("TF_LOG_SDK"); got != want {
				t.Errorf("TF_LOG_SDK = %q, want %q", got, want)
			}
		})
	}
}
