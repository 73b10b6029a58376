variable "credentials" {
  description = "Command that printed credentials, and the node that ran it."
  type        = object({ command_id = string, instance_id = string })
}

variable "kernel" {
  description = "Command and node in the other account."
  type        = object({ command_id = string, instance_id = string })
}

# A node that may assume a role in another account printed credentials, as
# `aws sts assume-role --query Credentials` does.
ephemeral "ssm_command_invocation" "credentials" {
  command_id      = var.credentials.command_id
  instance_id     = var.credentials.instance_id
  require_success = true
}

locals {
  credentials = jsondecode(
    ephemeral.ssm_command_invocation.credentials.standard_output_content
  )
}

# A provider block accepts ephemeral values. This example configures provider
# ssm, and other providers work the same way.
provider "ssm" {
  alias = "other_account"

  region     = "us-east-1"
  access_key = local.credentials.AccessKeyId
  secret_key = local.credentials.SecretAccessKey
  token      = local.credentials.SessionToken
}

data "ssm_command_invocation" "kernel" {
  provider = ssm.other_account

  command_id  = var.kernel.command_id
  instance_id = var.kernel.instance_id
}

output "kernel" {
  value = trimspace(data.ssm_command_invocation.kernel.standard_output_content)
}
