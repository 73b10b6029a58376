terraform {
  required_version = ">= 1.8"
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

variable "release" {
  description = "Name of the release, which the application shows."
  type        = string
}

locals {
  release = provider::ssm::powershell_quote(var.release)
}

# The parameter commands of AWS-RunPowerShellScript. Whatever the release is
# called, Set-Content gets one argument for it, and PowerShell executes none of
# it.
output "commands" {
  value = [
    "$ErrorActionPreference = 'Stop'",
    "Set-Content -LiteralPath C:/app/release.txt -Value ${local.release}",
  ]
}
