package main

import (
	"bytes"
	"fmt"
	"html"
	"time"
)

// The picture's measures, in pixels.
const (
	pictureWidth = 760
	labelWidth   = 210
	barHeight    = 18
	groupHeight  = 96
	barsWidth    = 360
)

// bar is one figure of the picture.
type bar struct {
	who, colour string
	mean, worst time.Duration
	text        string
}

// picture draws how late an end is noticed: one group for each length, each on a scale of its own, since ten minutes and
// two seconds do not fit on one.
func (r results) picture() []byte {
	var out bytes.Buffer
	draw := func(format string, values ...any) { fmt.Fprintf(&out, format+"\n", values...) }
	height := 74 + groupHeight*len(r.Notice)
	draw(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="13" role="img" aria-labelledby="title">`, pictureWidth, height)
	draw(`<title id="title">How late the end of a command is noticed</title>`)
	// A ground of its own, so that it can be read on dark pages too.
	draw(`<rect width="%d" height="%d" rx="8" fill="#ffffff"/>`, pictureWidth, height)
	draw(`<text x="16" y="28" font-size="16" font-weight="bold" fill="#1f2328">How late the end of a command is noticed</text>`)
	draw(`<text x="16" y="48" fill="#59636e">Bar: mean. Thin line: the worst. Less is better; each group has its own scale.</text>`)
	for i, n := range r.Notice {
		top := 66 + groupHeight*i
		bars := []bar{
			{"this provider", "#1a7f37", n.Mean, n.Worst, fmt.Sprintf("%s, %.0f requests", brief(n.Mean), n.Requests)},
			{"ssm.CommandExecutedWaiter", "#8c959f", n.WaiterMean, n.WaiterWorst, fmt.Sprintf("%s, %.0f requests", brief(n.WaiterMean), n.WaiterRequests)},
		}
		if i < len(r.Waits) {
			w := r.Waits[i]
			b := bar{"aws ssm wait (one run)", "#afb8c1", w.Late(), w.Late(), fmt.Sprintf("%s, %d requests", brief(w.Late()), w.Requests)}
			if w.GaveUp() {
				b.mean, b.worst, b.text = 0, 0, fmt.Sprintf("gave up after %s", brief(w.Took))
			}
			bars = append(bars, b)
		}
		most := time.Duration(1)
		for _, b := range bars {
			most = max(most, b.worst)
		}
		width := func(d time.Duration) float64 { return barsWidth * float64(d) / float64(most) }
		draw(`<text x="16" y="%d" font-weight="bold" fill="#1f2328">a command of %s</text>`, top+14, length(n.Length))
		for k, b := range bars {
			y := top + 22 + k*(barHeight+4)
			draw(`<text x="%d" y="%d" text-anchor="end" fill="#1f2328">%s</text>`, labelWidth, y+14, html.EscapeString(b.who))
			draw(`<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth+8, y, width(b.mean), barHeight, b.colour)
			draw(`<rect x="%d" y="%d" width="%.1f" height="2" fill="%s"/>`, labelWidth+8, y+barHeight/2-1, width(b.worst), b.colour)
			draw(`<text x="%.1f" y="%d" fill="#59636e">%s</text>`, float64(labelWidth+14)+width(b.worst), y+14, html.EscapeString(b.text))
		}
	}
	draw(`</svg>`)
	return out.Bytes()
}
