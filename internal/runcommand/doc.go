// SPDX-License-Identifier: MPL-2.0

// Package runcommand reads AWS Systems Manager Run Command, in plain Go.
//
// A [Client] takes a query, such as an [InvocationQuery], and returns the complete result, or an
// error with a type for each case that callers handle differently. The API is eventually
// consistent: it reports that an invocation that was just sent does not exist, a status can change
// back to an earlier one, output can arrive after the status, and a throttled request returns
// nothing about the command. This package handles all of these cases.
//
// An operation is a sequence of states ([poll.State]). Each is polled until it returns the next:
//
//   - invocation.go reads one invocation, and steps.go handles invocations with several or unknown
//     steps. command.go reads one command, or lists commands. invocations.go reads the invocations
//     of a command. nodes.go lists managed nodes.
//   - run.go sends a command and waits for it, with send.go, search.go, results.go, and
//     awaiting_nodes.go. cancel.go cancels a command.
//   - existence.go decides the meaning of "does not exist" from the responses of the list operations.
//   - list.go reads lists page by page, and members.go distinguishes absent numbers in them from zero.
//     s3.go reads complete output.
//   - client.go converts failed calls ([awscall.CallError]) to the errors in errors.go.
//
// The package does not import Terraform and writes no log: it reports attempts to
// [Options.Observe]. No output of a command is part of an error.
package runcommand
