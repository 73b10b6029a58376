package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is what `go doc cmd/test2json` describes. Build output comes with an import path and no package.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
}

// test names one test; a test without a name stands for its package.
type test struct{ pkg, name string }

// report gathers the events of one run.
type report struct {
	out    io.Writer
	output map[test]*strings.Builder // of what has neither passed nor been shown
	failed map[string]int            // failed tests of a package

	passed, failures int
	skips            []skip
}

type skip struct {
	test
	reason string
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[test]*strings.Builder{}, failed: map[string]int{}}
}

// line takes one line of go test's output. One that is no event is passed on: go prints some of its own errors plainly.
func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil || e.Action == "" {
		_, _ = r.out.Write(line)
		return
	}
	t := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		r.print(e.Output)
	case "output":
		if r.output[t] == nil {
			r.output[t] = &strings.Builder{}
		}
		r.output[t].WriteString(e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			r.endOfPackage(e)
		} else {
			r.endOfTest(t, e.Action)
		}
	}
}

func (r *report) endOfTest(t test, action string) {
	output := r.take(t)
	switch action {
	case "pass":
		r.passed++
	case "skip":
		r.skips = append(r.skips, skip{t, reason(output)})
	case "fail":
		r.failures++
		r.failed[t.pkg]++
		r.print(output)
	}
}

// endOfPackage prints the package's own last line. A package can fail without any of its tests: it does not build, it
// panics between tests, it runs out of time. That counts as one failure, and everything still held back is shown, since
// the test that never ended is the one to look at.
func (r *report) endOfPackage(e event) {
	output := r.take(test{pkg: e.Package})
	if e.Action != "fail" {
		r.print(lastLine(output))
		return
	}
	unfinished := slices.SortedFunc(maps.Keys(r.output), func(a, b test) int { return strings.Compare(a.name, b.name) })
	for _, t := range unfinished {
		if t.pkg == e.Package {
			r.print(r.take(t))
		}
	}
	if r.failed[e.Package] == 0 {
		r.failures++
	}
	r.print(output)
}

// finish prints what is left to say, the line of numbers last, and returns the exit status.
func (r *report) finish(status int, maySkip *regexp.Regexp) int {
	for _, s := range r.skips {
		r.print(fmt.Sprintf("SKIP %s (%s): %s\n", s.name, s.pkg, s.reason))
		top, _, _ := strings.Cut(s.name, "/")
		if !maySkip.MatchString(top) {
			r.print("     It may not be skipped: the run has failed.\n")
			status = max(status, 1)
		}
	}
	if r.passed+r.failures == 0 {
		r.print("No test ran: the run has failed.\n")
		status = max(status, 1)
	}
	// Tests that fail without go test noticing would be a fault of this program: better two failures than none.
	if r.failures > 0 {
		status = max(status, 1)
	}
	r.print(fmt.Sprintf("%d passed, %d failed, %d skipped\n", r.passed, r.failures, len(r.skips)))
	return status
}

func (r *report) take(t test) string {
	output, ok := r.output[t]
	if !ok {
		return ""
	}
	delete(r.output, t)
	return output.String()
}

func (r *report) print(text string) { _, _ = io.WriteString(r.out, text) }

func lastLine(output string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(output, "\n"), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last + "\n"
	}
	return ""
}

// reason is what a test gave t.Skip, which go test prints on the lines between its own "=== RUN" and "--- SKIP".
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "--- SKIP") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
