// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"strings"
)

// Source declares the source of the provider. Without it, Terraform installs hashicorp/ssm.
const Source = `terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

`

// Block returns a block with one label, such as provider "ssm".
func Block(kind, label string, lines ...string) string {
	return fmt.Sprintf("%s %q {\n  %s\n}\n\n", kind, label, strings.Join(lines, "\n  "))
}

// Invocation returns the block data "ssm_command_invocation" "this".
func Invocation(command, node string, arguments ...string) string {
	lines := append([]string{fmt.Sprintf("command_id = %q", command), fmt.Sprintf("instance_id = %q", node)}, arguments...)
	return fmt.Sprintf("data \"ssm_command_invocation\" \"this\" {\n  %s\n}\n\n", strings.Join(lines, "\n  "))
}
