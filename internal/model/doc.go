// SPDX-License-Identifier: MPL-2.0

// Package model has what two or more kinds of object show of Run Command: attributes, the structs
// that Terraform decodes and encodes, and the mapping from what [runcommand] returns.
package model
