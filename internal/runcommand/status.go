// SPDX-License-Identifier: MPL-2.0

package runcommand

import "github.com/aws/aws-sdk-go-v2/service/ssm/types"

// invocationComplete reports whether a status is terminal for an invocation or a step.
//
// Only four statuses are terminal. The API reference lists Delayed and Cancelling as statuses too;
// neither was ever recorded, and both lead to another one. A status that this build does not know is
// not terminal: stopping there would return half a result.
func invocationComplete(s types.CommandInvocationStatus) bool {
	switch s {
	case types.CommandInvocationStatusSuccess,
		types.CommandInvocationStatusFailed,
		types.CommandInvocationStatusTimedOut,
		types.CommandInvocationStatusCancelled:
		return true
	case types.CommandInvocationStatusPending,
		types.CommandInvocationStatusInProgress,
		types.CommandInvocationStatusDelayed,
		types.CommandInvocationStatusCancelling:
		return false
	default:
		return false
	}
}

// commandComplete reports whether a status is terminal for a command across its nodes.
func commandComplete(s types.CommandStatus) bool {
	switch s {
	case types.CommandStatusSuccess,
		types.CommandStatusFailed,
		types.CommandStatusTimedOut,
		types.CommandStatusCancelled:
		return true
	case types.CommandStatusPending,
		types.CommandStatusInProgress,
		types.CommandStatusCancelling:
		return false
	default:
		return false
	}
}
