// SPDX-License-Identifier: MPL-2.0

// Package awsclient creates AWS clients from plain options.
//
// No other package depends on the sources of credentials and Regions. The meaning of every option
// is that of provider "aws", because both use aws-sdk-go-base. The package does not import
// Terraform packages; failures are typed errors (see errors.go and credentials_error.go).
//
// The package sends no request before the first client is requested: a plan that reads nothing
// needs no credentials.
package awsclient
