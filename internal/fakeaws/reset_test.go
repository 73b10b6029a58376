// SPDX-License-Identifier: MPL-2.0

//go:build !windows

package fakeaws_test

import "syscall"

// errSocketReset is the error of a connection that the other side reset.
const errSocketReset = syscall.ECONNRESET
