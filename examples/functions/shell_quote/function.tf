terraform {
  required_version = ">= 1.8"
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

variable "branch" {
  description = "Branch to deploy."
  type        = string
}

# The parameter commands of AWS-RunShellScript. Whatever the branch is called,
# deploy gets one argument for it, and the shell executes none of it.
output "commands" {
  value = [
    "#!/bin/sh",
    "set -eu",
    "deploy --branch ${provider::ssm::shell_quote(var.branch)}",
  ]
}
