// SPDX-License-Identifier: MPL-2.0

// Package ephemeral has the ephemeral resources, whose values Terraform stores neither in plan nor
// in state.
//
// The ephemeral resource "ssm_command_invocation" has the arguments, attributes, and read of the
// data source of that name, from package model. It is for secret output, so none of its errors
// contains output.
package ephemeral
