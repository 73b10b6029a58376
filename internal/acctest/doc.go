// SPDX-License-Identifier: MPL-2.0

// Package acctest has helpers for tests that run the real CLI, Terraform or OpenTofu, with the
// provider and the fake of the API. Only tests import it. It is not part of the shipped binary.
//
// A test can run a configuration in two ways:
//
//   - [Factories] runs the provider in the test's own process, for terraform-plugin-testing. The
//     race detector then covers the provider. Use it to check values, plans, and their order.
//   - [Workspace] builds the provider and starts the CLI as a user does. Use it for what the library
//     does not show: warnings, the exact text of diagnostics, log files, signals, `terraform test`,
//     and the number of requests that a plan makes.
//
// Both send requests only to a [Fake] on loopback. [Main] removes all other AWS settings.
package acctest
