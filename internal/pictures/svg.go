// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// width of all pictures, in pixels: that of the text column of the Terraform Registry. Wider pages
// do not enlarge them.
const width = 820

// Sizes of text, in pixels.
const (
	textSize  = 13
	smallSize = 12
)

// charWidth is the width of a character of the fixed-width font as a share of its size. Browsers
// stretch each run to it, because the fonts of systems differ.
const charWidth = 0.6

// palette has the colors of both schemes. A shape has the class of its color.
var palette = []struct{ class, light, dark string }{
	{"page", "#ffffff", "#0d1117"},
	{"panel", "#f6f8fa", "#161b22"},
	{"edge", "#d0d7de", "#3d444d"},
	{"text", "#1f2328", "#e6edf3"},
	{"dim", "#59636e", "#9198a1"},
	{"blue", "#0969da", "#4493f8"},
	{"green", "#1a7f37", "#3fb950"},
	{"red", "#cf222e", "#ff7b72"},
	{"yellow", "#d4a72c", "#bb8009"},
	{"paleblue", "#ddf4ff", "#15304f"},
	{"palegreen", "#dafbe1", "#12361f"},
	{"paleyellow", "#fff8c5", "#3b2d0b"},
	{"palegray", "#eaeef2", "#272d36"},
	{"palered", "#ffebe9", "#4a1d1d"},
}

// canvas collects the elements of a picture.
type canvas struct {
	body  strings.Builder
	style strings.Builder
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.body, format+"\n", args...) }

// rect draws a rectangle with a fill and, unless it is empty, an edge.
func (c *canvas) rect(x, y, w, h, radius float64, fill, edge string) {
	class := fill
	if edge != "" {
		class += " edge-" + edge
	}
	c.add(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, class, number(x), number(y), number(w), number(h), number(radius))
}

// line draws a line; more are further classes, such as "dashed".
func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.add(`<path class="%s" d="M%s %sL%s %s"/>`, class, number(x1), number(y1), number(x2), number(y2))
}

// text writes one line. The classes are a color, and optionally "small", "bold", "middle", and
// "end".
func (c *canvas) text(x, y float64, class, text string) {
	c.add(`<text class="%s" x="%s" y="%s">%s</text>`, class, number(x), number(y), html.EscapeString(text))
}

// code writes text in the fixed-width font, of the size that its classes have.
func (c *canvas) code(x, y float64, class, text string) {
	c.add(`<text class="code %s" x="%s" y="%s" textLength="%s">%s</text>`, class, number(x), number(y),
		number(codeWidth(class, text)), html.EscapeString(text))
}

// codeWidth is the width of text in the fixed-width font.
func codeWidth(class, text string) float64 {
	size := float64(textSize)
	if strings.Contains(class, "small") {
		size = smallSize
	}
	return float64(len([]rune(text))) * charWidth * size
}

// finish returns the file.
func (c *canvas) finish(height float64, title, description string) picture {
	var light, dark strings.Builder
	for _, color := range palette {
		fmt.Fprintf(&light, ".%s{fill:%s}.edge-%s{stroke:%s}\n", color.class, color.light, color.class, color.light)
		fmt.Fprintf(&dark, ".%s{fill:%s}.edge-%s{stroke:%s}\n", color.class, color.dark, color.class, color.dark)
	}
	h := number(height)
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%s" viewBox="0 0 %d %s" role="img" aria-labelledby="title desc">
<!-- Drawn by internal/pictures: run make pictures. -->
<title id="title">%s</title>
<desc id="desc">%s</desc>
<style>
text{font:%dpx -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;white-space:pre}
.small{font-size:%dpx}.title{font-size:15px}.bold{font-weight:600}.middle{text-anchor:middle}.end{text-anchor:end}
path{fill:none}.thin{stroke-width:1}.thick{stroke-width:2}.delay{stroke-width:4}.dashed{stroke-dasharray:4 3}
%s@media (prefers-color-scheme:dark){
%s}
%s</style>
<rect class="page edge-edge" x="0.5" y="0.5" width="%d" height="%s" rx="6"/>
%s</svg>
`, width, h, width, h, html.EscapeString(title), html.EscapeString(description), textSize, smallSize,
		light.String(), dark.String(), c.style.String(), width-1, number(height-1), c.body.String())
	return picture{description, svg}
}

// number writes a length with at most two decimals.
func number(x float64) string {
	return strconv.FormatFloat(float64(int64(x*100+copySign(0.5, x)))/100, 'f', -1, 64)
}

func copySign(size, x float64) float64 {
	if x < 0 {
		return -size
	}
	return size
}
