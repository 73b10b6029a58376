// SPDX-License-Identifier: MPL-2.0

// Package fakeaws is a fake of AWS Systems Manager Run Command, of the objects in S3 that it writes
// output to, and of the little of AWS STS that signing in needs.
//
// A [Script] describes past and future events: which commands were sent, when each node ran each
// step, which managed nodes exist, what documents do on them, and which faults affect which
// request. SendCommand adds commands at run time, and CancelCommand stops them. The fake derives
// every response from these events, so that no two responses contradict each other unless the
// script requires it. The output that these responses truncate is complete in S3, under the keys in
// the responses.
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
// [Server.Executions] counts executions on nodes, and [Server.Sends] lists accepted commands. Both
// include requests whose response was lost.
//
// The fake speaks the wire format of the real service (compact JSON with its members in
// alphabetical order, absent instead of null, timestamps in scientific form) as third parties
// recorded it. It does not import the AWS SDK. Tests decode its responses with the real SDK, which
// would not detect a mistake made in both.
//
// The fake reads the time from package time. In a testing/synctest bubble, [Server.Transport]
// responds in virtual time and without a network. [Server.Listen] serves a loopback address for
// clients that need a socket.
package fakeaws
