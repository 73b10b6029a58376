// SPDX-License-Identifier: MPL-2.0

// Package runcommand reads AWS Systems Manager Run Command, in plain Go.
//
// A [Client] takes a query, such as an [InvocationQuery], and returns the complete result, or an
// error whose type says what is known. The API is eventually consistent: an invocation that was
// just sent "does not exist", a status may go backwards, output may lag behind the status, and a
// throttled or truncated response says nothing about the command. Everything that makes a read
// correct in spite of that is here.
//
// A read is a sequence of states, each polled until the next one follows ([poll.State]):
//
//   - invocation.go has those of one invocation, and steps.go those for a step in question;
//     command.go has those of a command and of the account's commands, invocations.go those of the
//     invocations of a command.
//   - existence.go decides what "does not exist" means, by what the two list operations return.
//   - list.go walks through their pages, s3.go reads complete output.
//   - members.go tells absent numbers from zero in these pages.
//   - client.go turns failed calls ([awscall.CallError]) into the errors of errors.go.
//
// It imports nothing of Terraform and writes no log: attempts are reported to [Options.Observe],
// and no output of a command is part of an error.
package runcommand
