// SPDX-License-Identifier: MPL-2.0

// Package provider is the provider block: what it is called, what may be written
// in it, and what becomes of it. It decodes and checks; credentials and regions are
// the business of package awsclient, reading that of package runcommand, and the
// data sources have a package of their own.
package provider
