// SPDX-License-Identifier: MPL-2.0

// Package resource has the provider's resource, ssm_command: it sends a command once and keeps its
// results. How a command is sent, found, and cancelled is in [runcommand]; this package decides
// what of that becomes a plan, a state, and an error.
package resource
