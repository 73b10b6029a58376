// Package awsclient turns plain options into AWS clients.
//
// It is the only room that knows where credentials and regions come from. The
// meaning of every option is the one it has in provider "aws", because both use
// aws-sdk-go-base. Nothing of Terraform is imported here; what goes wrong leaves
// as a typed error (see errors.go).
//
// Nothing is sent before the first client is asked for: a plan that reads nothing
// needs no credentials.
package awsclient
