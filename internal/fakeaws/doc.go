// Package fakeaws is a stand-in for AWS Systems Manager Run Command, for the objects in S3 that it writes output to, and
// for the little of AWS STS that signing in needs.
//
// A [Script] says what happened: which commands were sent, when each node ran each step, and which faults strike which
// request. The stand-in answers GetCommandInvocation, ListCommandInvocations and ListCommands from that one account of
// events, so that the three never contradict one another unless the script says so. The streams that these answers cut are
// whole in S3, under the keys that the answers name.
//
// It speaks the wire format of the real service (compact JSON with its members in alphabetical order, absent instead of
// null, timestamps in scientific form) as third parties recorded it. It imports nothing of the AWS SDK: the real SDK is
// the judge of what it sends, and a mistake made in both could not be seen.
//
// All time is read from the time package. In a testing/synctest bubble, [Server.Transport] answers in virtual time and
// without a network; [Server.Listen] serves loopback for everything that needs a socket.
package fakeaws
