// SPDX-License-Identifier: MPL-2.0

// Package fakeaws is a fake of AWS Systems Manager Run Command, of the objects in S3 that it writes
// output to, and of the little of AWS STS that signing in needs.
//
// A [Script] says what happened before, and what will happen: which commands were sent, when each
// node ran each step, which managed nodes there are, what documents do on them, and which faults
// strike which request. SendCommand adds commands at run time, and CancelCommand stops them. The
// fake answers every operation from that one account of events, so that no two responses contradict
// each other unless the script says so. The streams that these responses truncate are complete in
// S3, under the keys that the responses name.
//
//	server, err := fakeaws.New(fakeaws.Script{
//		Nodes: []fakeaws.Node{{InstanceID: "i-0123456789abcdef0"}},
//		Rules: []fakeaws.Rule{{
//			Parameters: map[string]string{"commands": "false"},
//			Steps:      []fakeaws.StepResult{{ExitCode: 1}},
//		}},
//		Faults: []fakeaws.Fault{{Operation: "SendCommand", Kind: fakeaws.Drop, Accepted: true}},
//	})
//
// [Server.Executions] counts what ran on nodes, and [Server.Sends] lists what was accepted. Both
// are about what happened, not about what was answered.
//
// The fake speaks the wire format of the real service (compact JSON with its members in
// alphabetical order, absent instead of null, timestamps in scientific form) as third parties
// recorded it. It imports nothing of the AWS SDK: the real SDK judges what it sends, and a mistake
// made in both could not be seen.
//
// All time is read from the time package. In a testing/synctest bubble, [Server.Transport] answers
// in virtual time and without a network; [Server.Listen] serves loopback for everything that needs
// a socket.
package fakeaws
