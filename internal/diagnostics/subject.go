// SPDX-License-Identifier: MPL-2.0

package diagnostics

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Subject is the subject of messages about a read.
type Subject struct {
	Kind Kind
	// Name is what was requested, such as "command X on node Y". It begins with a lowercase letter.
	Name Text
	// Region is where it was requested.
	Region string
	// Node is the ID of the node that was requested, "" for none.
	Node string
	// Argument is the argument that the error Command Not Found concerns.
	Argument string
	// Timeout is the name of the argument that limits the whole read, "" for timeouts.read.
	Timeout string
	// Narrow is an imperative sentence that says how to request less, "" for none.
	Narrow Text
	// Outcome is a sentence with the status of the step, if the invocation was read and something
	// else failed; otherwise "".
	Outcome Text
}

// Kind is the kind of the data source that reads, for texts that differ.
type Kind int

// The kinds of data sources.
const (
	Invocation  Kind = iota // ssm_command_invocation
	Command                 // ssm_command
	Invocations             // ssm_command_invocations
	Commands                // ssm_commands
	Nodes                   // ssm_managed_nodes
)

// text names the subject within a sentence.
func (s Subject) text() Text { return Textf("%s in Region %s", s.Name, s.Region) }

// capital names the subject at the beginning of a sentence.
func (s Subject) capital() Text {
	text := string(s.text())
	first, size := utf8.DecodeRuneInString(text)
	return Text(string(unicode.ToUpper(first)) + text[size:])
}

// continues is the sentence that the command continues after the read.
func (s Subject) continues() Text {
	if s.Kind == Nodes {
		return ""
	}
	return " The command itself continues."
}

// timeout returns the name of the argument that limits the whole read.
func (s Subject) timeout() Text { return Text(cmp.Or(s.Timeout, "timeouts.read")) }

// withDetails returns a status, with its details if they differ.
func withDetails(status, details string) Text {
	switch {
	case status == "":
		return Textf("without a status (details %s)", cmp.Or(details, "none"))
	case details == "" || details == status:
		return Textf("%s", status)
	default:
		return Textf("%s (%s)", status, details)
	}
}

// requestID returns a sentence with the request ID, or "" without one.
func requestID(a runcommand.Response) Text {
	if a.RequestID == "" {
		return ""
	}
	return Textf("Request ID: %s.", a.RequestID)
}

// clause returns foreign text without its last period, so that it fits into a sentence.
func clause(s string) string { return strings.TrimRight(s, ". \n") }

// round returns a duration in whole seconds, or in milliseconds below one second.
func round(d time.Duration) Text {
	if d < time.Second {
		return Text(d.Round(time.Millisecond).String())
	}
	return Text(d.Round(time.Second).String())
}

// plural returns a count with its noun.
func plural(n int, noun string) Text {
	if n == 1 {
		return Text("1 " + noun)
	}
	return Text(fmt.Sprintf("%d %ss", n, noun))
}
