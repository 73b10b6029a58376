// SPDX-License-Identifier: MPL-2.0

// Package awsclient turns plain options into AWS clients.
//
// No other package knows where credentials and Regions come from. The meaning of every option is
// that of provider "aws", because both use aws-sdk-go-base. The package imports nothing of
// Terraform; failures are typed errors (see errors.go and credentials_error.go).
//
// No request is sent before the first client is requested: a plan that reads nothing needs no
// credentials.
package awsclient
