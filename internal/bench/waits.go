package main

import (
	"bytes"
	"errors"
	"os/exec"
	"sync"
	"time"
)

// awsWait is what `aws ssm wait command-executed` did about a command of some length.
type awsWait struct {
	Length, Took time.Duration
	Requests     int64
	Code, Wrote  int // The exit code, and how many bytes came on standard output.
}

// Late is how long after the end it came back; GaveUp says that the command was still running then.
func (w awsWait) Late() time.Duration { return w.Took - w.Length }

// GaveUp says that it came back before the end.
func (w awsWait) GaveUp() bool { return w.Took < w.Length }

// awsWaits runs it on commands of the three lengths, side by side and in real time: the longest ends when the waiter has
// asked 20 times.
func (t tools) awsWaits() ([]awsWait, error) {
	if t.aws == "" {
		return nil, nil
	}
	waits := make([]awsWait, len(lengths))
	failures := make([]error, len(lengths))
	var all sync.WaitGroup
	for i, length := range lengths {
		all.Go(func() { waits[i], failures[i] = t.awsWait(length) })
	}
	all.Wait()
	return waits, errors.Join(failures...)
}

func (t tools) awsWait(length time.Duration) (awsWait, error) {
	w := awsWait{Length: length}
	s, err := t.serve(running(length))
	if err != nil {
		return w, err
	}
	defer s.stop()
	began := time.Now()
	cmd := exec.CommandContext(t.life, t.aws, "ssm", "wait", "command-executed", "--command-id", commandID, "--instance-id", nodeID(0))
	cmd.Env = t.environment(s)
	var out bytes.Buffer
	cmd.Stdout = &out
	err = cmd.Run()
	w.Took = time.Since(began)
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return w, err
	}
	<-time.After(50 * time.Millisecond) // The last lines of the stand-in are on their way.
	w.Code, w.Wrote, w.Requests = cmd.ProcessState.ExitCode(), out.Len(), s.requests.Load()
	return w, nil
}
