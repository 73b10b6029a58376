// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import "syscall"

// errSocketReset is the error of a connection that the other side reset. On Windows, a socket does
// not return syscall.ECONNRESET.
const errSocketReset = syscall.WSAECONNRESET
