package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is what one run of a program cost.
type sample struct {
	Time     time.Duration
	Requests int64
	// Peak is the most memory that the program held, in bytes; ProviderPeak is that of the provider below it, 0 where
	// there is no /proc to look it up in.
	Peak, ProviderPeak int64
}

// median runs a program several times and returns the median of each figure. The figures of one program belong to
// different runs then; each is compared with its like only.
func median(times int, once func() (sample, error)) (sample, error) {
	var all []sample
	for range times {
		s, err := once()
		if err != nil {
			return sample{}, err
		}
		all = append(all, s)
	}
	middle := func(figure func(sample) int64) int64 {
		values := make([]int64, len(all))
		for i, s := range all {
			values[i] = figure(s)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	return sample{
		Time:         time.Duration(middle(func(s sample) int64 { return int64(s.Time) })),
		Requests:     middle(func(s sample) int64 { return s.Requests }),
		Peak:         middle(func(s sample) int64 { return s.Peak }),
		ProviderPeak: middle(func(s sample) int64 { return s.ProviderPeak }),
	}, nil
}

// measure runs a program to its end.
func measure(s *service, cmd *exec.Cmd) (sample, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second // After Ctrl-C, a provider left behind holds the pipes open.
	var before int64
	if s != nil {
		before = s.requests.Load()
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	ended := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watchProvider(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	result := sample{Time: time.Since(started), Peak: peakOf(cmd.ProcessState)}
	close(ended)
	result.ProviderPeak = <-peak
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out.String())
	}
	if s != nil {
		<-time.After(50 * time.Millisecond) // The last lines of the stand-in are on their way.
		result.Requests = s.requests.Load() - before
	}
	return result, nil
}

// watchProvider returns the most memory that a child of the process held, looked up until it has ended. The kernel keeps
// the highest figure, so that looking rarely misses only what is allocated in a child's last milliseconds.
func watchProvider(parent int, ended <-chan struct{}) int64 {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var most int64
	for {
		select {
		case <-ended:
			return most
		case <-tick.C:
			most = max(most, highWater(parent))
		}
	}
}

func highWater(parent int) int64 {
	var most int64
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent)) // The pattern is a good one.
	for _, file := range children {
		list, err := os.ReadFile(file)
		if err != nil {
			continue // The thread is gone.
		}
		for child := range strings.FieldsSeq(string(list)) {
			status, err := os.ReadFile("/proc/" + child + "/status")
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(status)) {
				if figure, is := strings.CutPrefix(line, "VmHWM:"); is {
					kilobytes, _ := strconv.ParseInt(strings.Fields(figure)[0], 10, 64) // The kernel writes numbers.
					most = max(most, kilobytes<<10)
				}
			}
		}
	}
	return most
}
