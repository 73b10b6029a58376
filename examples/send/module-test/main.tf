# A module that deploys a release to a node. The files in tests/ test the module
# with `terraform test`: with a mocked provider, and with a local mock of the
# API.
variable "instance_id" {
  type = string
}

variable "release" {
  type = string

  validation {
    condition     = can(regex("^[0-9.]+$", var.release))
    error_message = "A release has digits and dots: it is part of a script."
  }
}

resource "ssm_command" "deploy" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [var.instance_id]

  parameters = {
    commands = ["set -eu", "/opt/app/bin/deploy ${var.release}"]
  }

  # The precondition below reports a failure.
  require_success = false
}

locals {
  result = try(ssm_command.deploy.invocations[var.instance_id], null)
}

output "version" {
  # Null if there is no output, also with a mocked provider.
  value = try(
    regex("version ([0-9.]+)", local.result.standard_output_content)[0], null
  )

  precondition {
    condition     = ssm_command.deploy.status == "Success"
    error_message = "The deployment ended as ${ssm_command.deploy.status}."
  }
}

output "command_id" {
  value = ssm_command.deploy.command_id
}
