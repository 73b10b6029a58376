// SPDX-License-Identifier: MPL-2.0

// Package model has the parts of the schema that two or more kinds of object share: attributes, the
// structs that the framework decodes and encodes, and the mapping from the types of package
// runcommand.
package model
