// Package runcommand reads what AWS Systems Manager Run Command did, in plain Go.
//
// It knows the service and nothing of Terraform: a [Reader] takes an
// [InvocationQuery] and returns the settled [Invocation], or an error whose type
// says what kind of "no" it was. Everything that makes a read right lives here,
// because the API is eventually consistent: an invocation that was just sent
// "does not exist", a status may go backwards, output may lag behind the status,
// and a throttled or cut answer says nothing about the command.
//
// The room, from the bottom up:
//
//   - status.go and text.go say what statuses, truncation marks and byte
//     sequences mean; they are pure.
//   - ask.go asks one question once: at most three attempts, each cut off after
//     thirty silent seconds, each reported to the observer. body.go notes what the
//     SDK's types do not tell of an answer, failure.go says what a failed question
//     means.
//   - wait.go is the one loop: it repeats a look until the look is done, and
//     keeps the clocks that are the same for every read; clock.go has the one of
//     visibility, pages.go the walk through a list.
//   - witness.go is the detective: it asks the two list operations what they
//     know, and judge.go rules on the finding.
//   - read_*.go are the reads, from the first look to the settled values: one
//     invocation (with steps.go and outoftime.go), a command, many of either.
//     complete.go reads from S3 what the service cut.
//   - errors.go is the vocabulary of failure.
//
// Log lines and progress leave through [Options.Observe]; nothing here writes a
// log, and no output of a command ever enters an error.
package runcommand
