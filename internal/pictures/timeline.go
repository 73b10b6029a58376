// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"strings"
)

// measurement is what TestTimeline in internal/bench writes. All times are in seconds since
// SendCommand.
type measurement struct {
	Visible  float64 `json:"visible"`
	Started  float64 `json:"started"`
	Complete float64 `json:"complete"`
	Reads    int     `json:"reads"`
	Provider polls   `json:"provider"`
	Waiter   polls   `json:"waiter"`
}

// polls are those of one read, and the delays of all reads.
type polls struct {
	Times     []float64 `json:"times"`
	Requests  int       `json:"requests"`
	Late      float64   `json:"late"`
	MeanLate  float64   `json:"mean_late"`
	WorstLate float64   `json:"worst_late"`
}

// The rules of `aws ssm wait command-executed`, from waiters-2.json of botocore: so many polls, so
// many seconds apart, whatever the status is.
const (
	awsPolls = 20
	awsPause = 5
)

// The picture has two axes of time, since the first seconds would be too narrow on one: seconds
// from the first to the last, and the pixels that they span.
var (
	firstSeconds = axis{0, 20, 20, 320}
	restOfTime   = axis{20, 720, 344, 800}
)

type axis struct{ from, to, left, right float64 }

func (a axis) x(seconds float64) float64 {
	return a.left + (seconds-a.from)/(a.to-a.from)*(a.right-a.left)
}

// has is true of one axis for each time.
func (a axis) has(seconds float64) bool {
	return seconds <= a.to && (seconds > a.from || seconds == a.from && a.from == 0)
}

// drawTimeline draws one command over time: what the API reports, and when three programs poll.
func drawTimeline(raw []byte) (picture, error) {
	var m measurement
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return picture{}, err
	}
	for _, p := range []polls{m.Provider, m.Waiter} {
		if len(p.Times) == 0 || p.Times[len(p.Times)-1] > restOfTime.to {
			return picture{}, fmt.Errorf("the last poll is not within %.0f s", restOfTime.to)
		}
	}
	var aws []float64
	for i := range awsPolls {
		aws = append(aws, float64(i*awsPause))
	}
	gaveUp := aws[len(aws)-1]

	const top, lane, bar = 88.0, 66.0, 28.0 // The first lane, their distance, and the height of their bars.
	const bottom = top + 3*lane + bar
	c := &canvas{}
	c.text(20, 28, "text bold title", fmt.Sprintf("A %.0f-minute command: what the API reports, and when each program polls", m.Complete/60))
	c.text(firstSeconds.left, 50, "dim small", "The first 20 seconds")
	c.text(restOfTime.left, 50, "dim small", "From 20 seconds to 12 minutes, at another scale")

	// The completion, through all lanes.
	complete := restOfTime.x(m.Complete)
	c.line(complete, top-4, complete, bottom+6, "edge-green thick dashed")

	status(c, top, bar, m)

	name(c, top+lane, "This provider", "", fmt.Sprintf("%d polls, %d requests. Detects completion %.0f s late, and never more than 10 s late.",
		len(m.Provider.Times), m.Provider.Requests, m.Provider.Late))
	ticks(c, top+lane, bar, m.Provider.Times, "edge-blue")
	detection(c, top+lane, bar, m.Complete, m.Provider.Times)

	name(c, top+2*lane, "", "aws ssm wait command-executed", fmt.Sprintf("Gives up after %d requests, while the command runs.", awsPolls))
	ticks(c, top+2*lane, bar, aws, "edge-blue")
	x, y := restOfTime.x(gaveUp), top+2*lane+bar/2
	c.rect(x+4, top+2*lane, complete-x-6, bar, 3, "palered", "")
	c.line(x+10, y-5, x+20, y+5, "edge-red thick")
	c.line(x+10, y+5, x+20, y-5, "edge-red thick")
	c.text(x+28, y+4, "text small", fmt.Sprintf("exit code 255 after %.0f s, without a result", gaveUp))

	name(c, top+3*lane, "", "CommandExecutedWaiter", fmt.Sprintf("of the AWS SDK for Go: %d requests. Detects completion %.0f s late.", m.Waiter.Requests, m.Waiter.Late))
	ticks(c, top+3*lane, bar, m.Waiter.Times, "edge-blue")
	detection(c, top+3*lane, bar, m.Complete, m.Waiter.Times)

	// The axes.
	for _, a := range []axis{firstSeconds, restOfTime} {
		c.line(a.left, bottom+10, a.right, bottom+10, "edge-edge thin")
	}
	for s := 0.0; s <= 20; s += 5 {
		tickLabel(c, firstSeconds.x(s), bottom+10, fmt.Sprintf("%.0f s", s))
	}
	for s := 120.0; s <= restOfTime.to; s += 120 {
		tickLabel(c, restOfTime.x(s), bottom+10, fmt.Sprintf("%.0f min", s/60))
	}
	c.text(firstSeconds.left, bottom+46, "dim small", "Time since SendCommand.")

	notes := []string{
		"The polls of data source ssm_command_invocation and of CommandExecutedWaiter were measured in virtual time, with a local",
		fmt.Sprintf("mock of the API. Each lane shows the read whose delay is the median of %d. The longest delays were %.1f s and %.1f s.", m.Reads, m.Provider.WorstLate, m.Waiter.WorstLate),
		fmt.Sprintf("aws ssm wait command-executed is drawn by its rules: at most %d polls, one every %d s.", awsPolls, awsPause),
	}
	for i, note := range notes {
		c.text(20, bottom+70+float64(i)*17, "dim small", note)
	}
	description := fmt.Sprintf("A timeline of a %.0f-minute command, in the time since SendCommand. "+
		"The API reports that the invocation does not exist for %.0f s, then Pending until %.0f s, InProgress until %.0f s, and then Success. "+
		"This provider polls every second at first, and every ten seconds later. It makes %d requests in %d polls and detects completion %.0f s late. "+
		"aws ssm wait command-executed polls every %d s, and gives up after %d requests and %.0f s, while the command runs. "+
		"CommandExecutedWaiter of the AWS SDK for Go pauses for up to two minutes. It makes %d requests and detects completion %.0f s late.",
		m.Complete/60, m.Visible, m.Started, m.Complete, m.Provider.Requests, len(m.Provider.Times), m.Provider.Late,
		awsPause, awsPolls, gaveUp, m.Waiter.Requests, m.Waiter.Late)
	return c.finish(bottom+70+float64(len(notes))*17+4, "Polls of a command over time", description), nil
}

// status draws the lane of what the API reports.
func status(c *canvas, y, height float64, m measurement) {
	c.text(firstSeconds.left, y-8, "text bold", "The API reports")
	for _, s := range []struct {
		from, to   float64
		fill, edge string
		label      string
	}{
		{0, m.Visible, "palegray", "dim", "no such"},
		{m.Visible, m.Started, "paleyellow", "yellow", "Pending"},
		{m.Started, m.Complete, "paleblue", "blue", "InProgress"},
		{m.Complete, restOfTime.to, "palegreen", "green", "Success"},
	} {
		for _, a := range []axis{firstSeconds, restOfTime} {
			from, to := max(s.from, a.from), min(s.to, a.to)
			if from >= to {
				continue
			}
			left, right := a.x(from), a.x(to)
			c.rect(left+0.5, y, right-left-1, height, 3, s.fill, s.edge)
			class := "text small middle"
			if s.label == "no such" {
				c.text((left+right)/2, y+12, class, "does not")
				c.text((left+right)/2, y+23, class, "exist")
				continue
			}
			c.text((left+right)/2, y+height/2+4, class, s.label)
		}
	}
}

// name writes the name of a lane, in words or in code, and its result.
func name(c *canvas, y float64, words, code, result string) {
	x := firstSeconds.left
	if code != "" {
		c.code(x, y-8, "text bold", code)
		c.text(x+codeWidth("", code)+8, y-8, "text", result)
		return
	}
	c.add(`<text class="text" x="%s" y="%s"><tspan class="bold">%s</tspan><tspan dx="8">%s</tspan></text>`,
		number(x), number(y-8), html.EscapeString(words), html.EscapeString(result))
}

// ticks draws one line for each poll, in one path for each axis.
func ticks(c *canvas, y, height float64, times []float64, class string) {
	for _, a := range []axis{firstSeconds, restOfTime} {
		c.line(a.left, y+height/2, a.right, y+height/2, "edge-edge thin")
		var path strings.Builder
		for _, at := range times {
			if a.has(at) {
				fmt.Fprintf(&path, "M%s %sv%s", number(a.x(at)), number(y), number(height))
			}
		}
		if path.Len() > 0 {
			c.add(`<path class="%s thick" d="%s"/>`, class, path.String())
		}
	}
}

// detection marks the last poll, which returns the result, and the delay since the completion.
func detection(c *canvas, y, height, complete float64, times []float64) {
	x := restOfTime.x(times[len(times)-1])
	c.line(restOfTime.x(complete), y+height/2, x, y+height/2, "edge-green delay")
	c.add(`<circle class="green" cx="%s" cy="%s" r="5"/>`, number(x), number(y+height/2))
}

func tickLabel(c *canvas, x, y float64, label string) {
	c.line(x, y, x, y+5, "edge-edge thin")
	class := "dim small middle"
	if x <= firstSeconds.left {
		class = "dim small"
	}
	if x >= restOfTime.right {
		class = "dim small end"
	}
	c.text(x, y+19, class, label)
}
