// SPDX-License-Identifier: MPL-2.0

// Package resource has the provider's resource, ssm_command, which sends a command once and stores
// its results. Package runcommand sends, finds, and cancels commands. This package decides what is
// in a plan and a state, and when an operation fails.
package resource
