// SPDX-License-Identifier: MPL-2.0

// Package bench measures what a plan costs and how soon the end of a command is detected.
// BENCHMARKS.md has the figures of one run, and `make bench` repeats it.
//
// Each benchmark measures one process from its start to its end: the CLI with the built provider, a
// program that makes the same requests with the SDK, or the AWS CLI. All of them call a fake of
// Systems Manager on loopback, which responds from memory. Without a network in between, the
// programs differ more than they do in use.
//
// TestDetection measures in virtual time how late the provider and the SDK's waiter detect that a
// command is complete.
package bench
