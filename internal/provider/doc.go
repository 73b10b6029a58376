// SPDX-License-Identifier: MPL-2.0

// Package provider implements the provider block: its name, its schema, and its configuration. It
// decodes and validates the arguments. Package awsclient handles credentials and Regions, and
// package runcommand sends and reads commands. Each kind of object, such as data sources, has its
// own package.
package provider
