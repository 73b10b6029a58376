// SPDX-License-Identifier: MPL-2.0

// Package function has the provider's functions, one file for each, named as the function.
//
// The functions quote a value for a command line, so that the value is data to the program that
// parses the line: a POSIX shell or PowerShell. No function sends a request. No error contains the
// value, which can be a secret.
package function
