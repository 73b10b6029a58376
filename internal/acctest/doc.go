// Package acctest is furniture for tests that run the real CLI, Terraform or OpenTofu, over the provider and the stand-in
// for the service. It is imported by tests alone and is no part of the shipped binary.
//
// There are two ways to run a configuration, for two kinds of question:
//
//   - [Factories], for terraform-plugin-testing, run the provider in the test's own process, where the race detector sees
//     it. Values, plans and the order of things are asked there, in that library's words.
//   - [Workspace] builds the provider and starts the CLI over it as a user does. It is for what the library cannot show:
//     warnings, diagnostics word for word, log files, signals, `terraform test`, and how many requests one plan costs.
//
// Both talk to a [Standin] on loopback and to nothing else: [Main] takes away whatever the environment could lend.
package acctest
