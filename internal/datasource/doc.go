// SPDX-License-Identifier: MPL-2.0

// Package datasource has the data sources, one file each, named as its type: the type, its
// arguments and schema, and its Read.
//
// A Read decodes the configuration, calls package runcommand, turns an error into a diagnostic with
// package diagnostics, and maps the result into the model. Attributes and mappings that several
// objects share are in package model. The package does not import AWS packages.
package datasource
