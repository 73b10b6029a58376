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

// Subject is what a read is about. Every message names it.
type Subject struct {
	Kind Kind
	// Name is what was requested, such as "command X on node Y". It begins with a small letter.
	Name Text
	// Region is where it was requested.
	Region string
	// Node is the ID of the node that was requested, "" for none.
	Node string
	// Argument is the argument to blame if nothing was found.
	Argument string
	// Timeout is the argument that bounds the whole read, "" for timeouts.read.
	Timeout string
	// Narrow is an imperative sentence that says how to request less, "" for none.
	Narrow Text
	// Outcome says how the command itself ended, in one sentence, if that is known although
	// something else failed.
	Outcome Text
}

// Kind is what kind of object reads, for the words that differ.
type Kind int

// The kinds of object.
const (
	Invocation  Kind = iota // ssm_command_invocation
	Command                 // ssm_command
	Invocations             // ssm_command_invocations
	Commands                // ssm_commands
	Nodes                   // ssm_managed_nodes
)

// text names the subject in the middle of a sentence.
func (s Subject) text() Text { return Textf("%s in Region %s", s.Name, s.Region) }

// capital names the subject at the beginning of a sentence.
func (s Subject) capital() Text {
	text := string(s.text())
	first, size := utf8.DecodeRuneInString(text)
	return Text(string(unicode.ToUpper(first)) + text[size:])
}

// continues says that the end of a read does not end a command.
func (s Subject) continues() Text {
	if s.Kind == Nodes {
		return ""
	}
	return " The command itself continues."
}

// timeout names the argument that bounds the whole read.
func (s Subject) timeout() Text { return Text(cmp.Or(s.Timeout, "timeouts.read")) }

// withDetails writes a status with its details if those say more.
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

// requestID names the request for AWS Support.
func requestID(a runcommand.Response) Text {
	if a.RequestID == "" {
		return ""
	}
	return Textf("Request ID: %s.", a.RequestID)
}

// clause is text that is not ours without its full stop, so that it fits into a sentence.
func clause(s string) string { return strings.TrimRight(s, ". \n") }

// round makes a duration fit for a message.
func round(d time.Duration) Text {
	if d < time.Second {
		return Text(d.Round(time.Millisecond).String())
	}
	return Text(d.Round(time.Second).String())
}

// plural writes a count with its noun.
func plural(n int, noun string) Text {
	if n == 1 {
		return Text("1 " + noun)
	}
	return Text(fmt.Sprintf("%d %ss", n, noun))
}
