// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The terminal of the recording: its columns fill the width of the picture. Its rows show all of
// the still frame, from the results of the command to the plan without changes.
const (
	columns   = 102
	rows      = 31
	rowHeight = 16
	barHeight = 32
	padding   = 12
)

// The recording is played with other pauses than the run had: no pause is longer than longestPause,
// and a step stays on the screen before the next one begins.
const (
	longestPause = 400 * time.Millisecond
	stepPause    = 4 * time.Second
	lastPause    = 5 * time.Second
)

// stillFrom is the first line of the still frame. The picture shows this frame after the recording,
// and in its place if the reader prefers reduced motion.
const stillFrom = "deploy = {"

// omitted has the beginnings of lines that the recording leaves out, with the empty lines around
// them: the CLI warns in each step that the provider was built from source, and the last line of
// the demo names its files.
var omitted = []string{"Warnings:", "- Provider development overrides", "To see the full warning notes", "Configurations: "}

// printed is a line, and when it is printed.
type printed struct {
	at   time.Duration
	text string
}

// drawDemo draws the transcript of a run as a terminal.
func drawDemo(transcript string) (picture, error) {
	run, err := parseTranscript(transcript)
	if err != nil {
		return picture{}, err
	}
	description, err := describeDemo(run)
	if err != nil {
		return picture{}, err
	}
	lines := schedule(run)
	c := &canvas{}
	c.add(`<clipPath id="screen"><rect x="0" y="%d" width="%d" height="%d"/></clipPath>`, barHeight+padding-2, width, rows*rowHeight+4)
	c.code(padding, 21, "text bold", "$ make demo")
	c.text(width-padding, 21, "dim small end", "Recorded with a local mock of AWS. No request leaves the machine.")
	c.line(0.5, barHeight, width-0.5, barHeight, "edge-edge thin")
	c.add(`<g clip-path="url(#screen)">`)
	c.add(`<g id="lines">`)
	still := -1
	var frames []frame
	row := 0
	for _, l := range lines {
		if l.text == stillFrom && still < 0 {
			still = row
		}
		for i, part := range wrap(l.text) {
			drawRow(c, row, part, l.text, i > 0)
			row++
		}
		frames = append(frames, frame{l.at, row})
	}
	if still < 0 {
		return picture{}, fmt.Errorf("there is no line %q", stillFrom)
	}
	c.add(`</g>`)
	// The cover hides the rows that are not printed yet.
	c.add(`<rect id="cover" class="page" x="1" y="%d" width="%d" height="%d"/>`, barHeight+1, width-2, rows*rowHeight+2*padding)
	c.add(`</g>`)
	end := lines[len(lines)-1].at + lastPause
	fmt.Fprintf(&c.style, "#lines{transform:translateY(%dpx)}#cover{transform:translateY(%dpx)}\n", -still*rowHeight, (rows+2)*rowHeight)
	fmt.Fprintf(&c.style, "@media (prefers-reduced-motion:no-preference){\n#lines{animation:scroll %ss step-end}#cover{animation:uncover %[1]ss step-end}\n}\n", seconds(end))
	keyframes(c, "scroll", frames, end, func(printed int) int { return -max(0, printed-rows) * rowHeight })
	keyframes(c, "uncover", frames, end, func(printed int) int { return min(printed, rows+1)*rowHeight + padding/2 })
	return c.finish(barHeight+padding+rows*rowHeight+padding/2, "A run of make demo", description), nil
}

// parseTranscript reads lines of milliseconds, a tab, and text.
func parseTranscript(transcript string) ([]printed, error) {
	var run []printed
	for line := range strings.Lines(transcript) {
		stamp, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		ms, err := strconv.Atoi(stamp)
		if err != nil || !found {
			return nil, fmt.Errorf("line %q does not begin with a time", line)
		}
		run = append(run, printed{time.Duration(ms) * time.Millisecond, text})
	}
	if len(run) == 0 {
		return nil, fmt.Errorf("there is no line")
	}
	return run, nil
}

// schedule returns the lines that are shown, with the times of the recording.
func schedule(run []printed) []printed {
	var shown []printed
	var at, last time.Duration
	inOmitted := false
	for _, l := range run {
		omit := slices.ContainsFunc(omitted, func(prefix string) bool { return strings.HasPrefix(l.text, prefix) })
		if l.text == "" && len(shown) > 0 && shown[len(shown)-1].text == "" {
			continue
		}
		if omit {
			if shown[len(shown)-1].text == "" {
				shown = shown[:len(shown)-1]
			}
			inOmitted = true
			continue
		}
		if l.text == "" && inOmitted {
			continue
		}
		inOmitted = false
		if step.MatchString(l.text) && len(shown) > 0 {
			at += stepPause
		}
		at += min(l.at-last, longestPause)
		last = l.at
		shown = append(shown, printed{at, l.text})
	}
	for shown[len(shown)-1].text == "" {
		shown = shown[:len(shown)-1]
	}
	return shown
}

// step matches the titles that scripts/demo.sh prints.
var step = regexp.MustCompile(`^\d\. `)

// wrap breaks a line at the last space that fits, as little text as possible in the first column.
func wrap(line string) []string {
	runes := []rune(line)
	if len(runes) <= columns {
		return []string{line}
	}
	cut := columns
	for i := columns; i > columns/2; i-- {
		if runes[i] == ' ' {
			cut = i
			break
		}
	}
	return append([]string{string(runes[:cut])}, wrap("    "+strings.TrimLeft(string(runes[cut:]), " "))...)
}

// drawRow draws a row of the terminal. whole is the line that the row is part of.
func drawRow(c *canvas, row int, text, whole string, continued bool) {
	trimmed := strings.TrimLeft(text, " ")
	if trimmed == "" {
		return
	}
	x := padding + codeWidth("", text[:len(text)-len(trimmed)])
	y := float64(barHeight + padding + row*rowHeight + 10)
	class, colored := "text", ""
	switch {
	case strings.HasPrefix(whole, "    local mock |"):
		class = "dim"
	case step.MatchString(whole):
		class = "blue bold"
	case continued:
	case strings.HasPrefix(whole, "Apply complete!"), strings.HasPrefix(whole, "No changes."):
		colored = regexp.MustCompile(`^[^.!]*[.!]`).FindString(trimmed)
		trimmed = trimmed[len(colored):]
		colored = tspan("green bold", colored)
	case strings.HasPrefix(trimmed, `"status" = "`):
		color := "green"
		if strings.HasSuffix(trimmed, `"Failed"`) {
			color = "red"
		}
		colored = tspan("text", `"status" = `) + tspan(color+" bold", strings.TrimPrefix(trimmed, `"status" = `))
		trimmed = ""
	case trimmed == `"response_code" = 7`:
		colored = tspan("text", `"response_code" = `) + tspan("red bold", "7")
		trimmed = ""
	}
	length := codeWidth("", strings.TrimLeft(text, " "))
	c.add(`<text class="code %s" x="%s" y="%s" textLength="%s">%s%s</text>`, class, number(x), number(y), number(length), colored, html.EscapeString(trimmed))
}

func tspan(class, text string) string {
	return fmt.Sprintf(`<tspan class="%s">%s</tspan>`, class, html.EscapeString(text))
}

// frame is how many rows are printed from a time on.
type frame struct {
	at   time.Duration
	rows int
}

// keyframes writes the vertical offset of an element over the recording.
func keyframes(c *canvas, name string, frames []frame, end time.Duration, offset func(rows int) int) {
	fmt.Fprintf(&c.style, "@keyframes %s{\n", name)
	last := -1
	for i, f := range frames {
		if i+1 < len(frames) && frames[i+1].at == f.at || offset(f.rows) == last {
			continue
		}
		share := 100 * f.at.Seconds() / end.Seconds()
		if last == -1 {
			share = 0
		}
		last = offset(f.rows)
		fmt.Fprintf(&c.style, "%s%%{transform:translateY(%dpx)}\n", number(share), last)
	}
	fmt.Fprintf(&c.style, "100%%{transform:translateY(%dpx)}\n}\n", last)
}

func seconds(d time.Duration) string { return number(d.Seconds()) }

// describeDemo says in words what the recording shows.
func describeDemo(run []printed) (string, error) {
	requests := map[int]map[string]int{} // By step and operation.
	now := 0
	var text strings.Builder
	for _, l := range run {
		if step.MatchString(l.text) {
			now++
		}
		text.WriteString(l.text + "\n")
		if _, request, found := strings.Cut(l.text, "local mock |"); found {
			if requests[now] == nil {
				requests[now] = map[string]int{}
			}
			if fields := strings.Fields(request); len(fields) > 1 {
				requests[now][fields[1]]++
			}
		}
	}
	// The words below are those of this run.
	for _, expected := range []string{
		"Creation complete after 6s", `"status" = "Success"`, `"status" = "Failed"`, `"response_code" = 7`,
		"No space left on device", "1 of 2 nodes", "No changes.", "app 4.2.0 is up\n\nEOT",
	} {
		if !strings.Contains(text.String(), expected) {
			return "", fmt.Errorf("the run has no %q: change the description", expected)
		}
	}
	sending, reading := requests[1], requests[3]
	if sending["SendCommand"] != 1 || sending["GetCommandInvocation"] != 2 || len(requests[2]) != 0 ||
		reading["ListCommands"] != 1 || reading["GetCommandInvocation"] != 1 {
		return "", fmt.Errorf("the run has other requests: change the description: %v", requests)
	}
	return fmt.Sprintf("A terminal shows a run of make demo in three steps. "+
		"1. An apply sends a command to two nodes with one SendCommand request, polls it with %d ListCommands requests, and reads the results. "+
		"After 6 s, the output shows status Success for web-1, and for web-2 status Failed, response code 7, "+
		"and the standard error \"No space left on device\". "+
		"2. A plan has no changes and makes no request. "+
		"3. Another configuration finds the command by its comment and reads its output with two requests.", sending["ListCommands"]), nil
}
