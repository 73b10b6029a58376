// SPDX-License-Identifier: MPL-2.0

package main

// reader is an object that reads a level, and what it reads there.
type reader struct {
	name, kind string
	reads      []string // Lines.
}

// levels are what a command consists of, with the readers of each.
var levels = []struct {
	title, meaning string
	readers        []reader
}{
	{"Command", "one call of SendCommand", []reader{
		{"ssm_command", "data source", []string{"Status, and counts of nodes"}},
		{"ssm_commands", "data source", []string{"The commands of an account"}},
	}},
	{"Invocation", "the command on one node", []reader{
		{"ssm_command_invocations", "data source", []string{"Status, on all nodes"}},
		{"ssm_command_invocation", "data source, ephemeral resource", []string{"Status, on one node"}},
	}},
	{"Step", "one part of the document on that node (API: plugin)", []reader{
		{"ssm_command_invocations", "data source", []string{"Output: the first 2,500 characters of both streams together"}},
		{"ssm_command_invocation", "data source, ephemeral resource", []string{
			"Output: the first 24,000 characters of standard output and",
			"8,000 characters of standard error, or all from Amazon S3",
		}},
	}},
}

const levelsDescription = "A tree of three levels. A command is one call of SendCommand. It has an invocation for each node, " +
	"and each invocation has the steps of the document. " +
	"Data source ssm_command reads the command: its status and counts of nodes. Data source ssm_commands lists commands. " +
	"Data source ssm_command_invocations reads all invocations with their steps: " +
	"the first 2,500 characters of each step's output, both streams together. " +
	"Data source and ephemeral resource ssm_command_invocation read one invocation or one of its steps: " +
	"the first 24,000 characters of standard output and 8,000 characters of standard error, or all of both from Amazon S3. " +
	"Resource ssm_command stores all three levels of the command that it sent, " +
	"with up to 24,000 characters of standard output and 8,000 characters of standard error of each step."

// drawLevels draws the tree of a command, and beside each level the objects that read it.
func drawLevels() picture {
	const (
		left, right = 20.0, 364.0 // The tree, and the text.
		treeWidth   = 320.0
		gap         = 12.0 // Between two boxes.
		boxHeight   = 40.0
	)
	c := &canvas{}
	c.text(left, 30, "text bold title", "A command on two nodes")
	c.text(right, 30, "text bold title", "What reads each level")
	y, boxTop := 46.0, 0.0
	var parents []float64 // The middles of the boxes of the level above.
	for i, level := range levels {
		height := 38.0
		for _, r := range level.readers {
			height += 21 + 16*float64(len(r.reads))
		}
		c.rect(8, y, width-16, height, 6, "panel", "")
		c.add(`<text class="text" x="%s" y="%s"><tspan class="bold">%s</tspan><tspan class="dim" dx="8">%s</tspan></text>`,
			number(right), number(y+21), level.title, level.meaning)
		line := y + 42
		for _, r := range level.readers {
			c.code(right, line, "small blue bold", r.name)
			c.text(right+codeWidth("small", r.name)+8, line, "dim small", r.kind)
			for _, text := range r.reads {
				line += 16
				c.text(right, line, "text small", text)
			}
			line += 21
		}

		// Each level has twice as many boxes as the level above.
		boxes := 1 << i
		w := (treeWidth - gap*float64(boxes-1)) / float64(boxes)
		above := boxTop + boxHeight
		boxTop = y + (height-boxHeight)/2
		var middles []float64
		for n := range boxes {
			x := left + float64(n)*(w+gap)
			middle := x + w/2
			middles = append(middles, middle)
			if i > 0 {
				parent := parents[n/2]
				c.add(`<path class="edge-dim thin" d="M%s %sV%sH%sV%s"/>`, number(parent), number(above),
					number((above+boxTop)/2), number(middle), number(boxTop))
			}
			c.rect(x, boxTop, w, boxHeight, 4, "page", "edge")
			class := "text middle"
			switch i {
			case 0:
				c.text(middle, boxTop+25, class, "command")
			case 1:
				c.text(middle, boxTop+25, class, "invocation on node "+string(rune('A'+n)))
			default:
				c.text(middle, boxTop+25, class, "step "+string(rune('1'+n%2)))
			}
		}
		parents = middles
		y += height + 8
	}
	c.code(left, y+16, "small blue bold", "ssm_command")
	c.text(left+codeWidth("small", "ssm_command")+8, y+16, "dim small", "resource")
	c.text(left, y+33, "text small", "Stores all three levels of the command that it sent: of each step, the first 24,000 characters of standard output and")
	c.text(left, y+49, "text small", "8,000 characters of standard error.")
	return c.finish(y+62, "Commands, invocations, and steps", levelsDescription)
}
