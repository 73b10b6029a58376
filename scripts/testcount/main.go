// Command testcount runs `go test -json` and says in one line how much of it ran.
//
//	testcount [-may-skip PATTERN] -- go test -json ./...
//
// The last line it prints reads "N passed, N failed, N skipped", subtests counted like tests. Before that it prints what
// go test would: a line for each package, and everything that a failed test wrote. Its exit status is that of go test,
// except that a run is also a failure where no test ran at all, and where a test was skipped whose name PATTERN does not
// match: a suite that skips itself for want of a tool looks exactly like one that passed.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
)

func main() {
	mayBeSkipped := flag.String("may-skip", "^$", "regular expression of the top-level tests that may skip themselves")
	flag.Parse()
	pattern, err := regexp.Compile(*mayBeSkipped)
	if err != nil || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: testcount [-may-skip PATTERN] -- go test -json ...")
		os.Exit(2)
	}
	report := newReport(os.Stdout)
	status, err := run(context.Background(), flag.Args(), report)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(2)
	}
	os.Exit(report.finish(status, pattern))
}

// run starts the command, feeds what it prints to the report, and returns its exit status.
func run(ctx context.Context, command []string, report *report) (int, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	// A line is one event and one event is one line of output, which may be as long as a test likes: no bufio.Scanner,
	// which gives up at 64 KiB.
	reader := bufio.NewReader(stdout)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			report.line(line)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) {
		return 0, err
	}
	// -1, a death by signal, is a failure like any other.
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 1, nil
}
