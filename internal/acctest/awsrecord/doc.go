// SPDX-License-Identifier: MPL-2.0

// Package awsrecord records the responses of Systems Manager and S3 during acceptance tests,
// without secrets, and compares the fake with them.
//
// [Start] starts a proxy on loopback that decrypts HTTPS with a certificate authority of its own. A
// test configures the provider with this proxy (https_proxy, custom_ca_bundle), so the provider
// runs unchanged, and its signatures stay valid. [Proxy.Recording] returns the responses, in which
// [Sanitizer] has replaced all that identifies an account. [Replay] makes a script for the fake
// from a recording, sends the recorded requests to the fake, and compares the responses.
package awsrecord
