package runcommand

import (
	"slices"
	"strings"
)

// ruling is what a finding means for a read to which the service says that the
// invocation does not exist.
type ruling int

const (
	// patience: nothing is settled while the visibility clock runs.
	patience ruling = iota
	// expected: the invocation is on its way; the read's own time decides.
	expected
	// missing: there is none, and there will be none.
	missing
)

// judge rules on a finding about a node, or about a command alone where node is "";
// clockOver tells that the visibility clock has run
// out. It is a truth table, and is tested as one.
//
// Only what a witness said counts. A command that has ended is missing the node
// at once only when all of its rows are there and none is the node's: a command
// can end before its last invocation is visible anywhere, and taking that for
// "never sent" would be the mistake that this provider exists to avoid.
func (f Finding) judge(node string, clockOver bool) ruling {
	final := missing
	if !clockOver || f.unanswered {
		final = patience
	}
	switch {
	case f.Node != nil:
		return expected
	case node == "" && (f.Command != nil || len(f.Nodes) > 0):
		return expected
	case f.Command == nil:
		return final
	case !f.Command.reaches(node):
		return missing
	case !f.Command.Ended():
		return expected
	case f.complete && !among(node, f.Nodes):
		return missing
	default:
		return final
	}
}

// among reports whether ids has id; the service takes either case.
func among(id string, ids []string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) })
}
