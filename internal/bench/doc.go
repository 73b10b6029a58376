// Command bench measures what a plan costs, and writes BENCHMARKS.md with its picture from what it saw. `make bench` builds
// what it needs and runs it; nothing of it is shipped.
//
// Everything that is compared runs as a process of its own against one stand-in for the service, a third process on
// loopback: the real CLI over the built provider, a plain loop or paginator of the SDK (this program again, see sdk.go),
// and the AWS CLI where there is one. So each pays for its own start. The stand-in answers from memory and there is no
// network in between: that makes the difference between the programs look larger than it is in use.
//
// How late an end is noticed is not measured here but in notice_test.go, in virtual time: ten minutes take milliseconds
// there, and each test run checks the promise. This program reads what that test saw.
//
// Times depend on the machine and on what else it does, so what is printed first is the ratio of medians of one run.
package main
