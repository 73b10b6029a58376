# A node that may assume a role in another account printed credentials, as
# `aws sts assume-role --query Credentials` does.
ephemeral "ssm_command_invocation" "credentials" {
  command_id      = "6f318ead-4257-4d9b-8a6e-a1523bd4e7f8"
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

locals {
  credentials = jsondecode(ephemeral.ssm_command_invocation.credentials.standard_output_content)
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

  command_id  = "70429fbe-5368-4eac-9b7f-b2634ce5f809"
  instance_id = "i-0a1b2c3d4e5f60002"
}

output "kernel" {
  value = trimspace(data.ssm_command_invocation.kernel.standard_output_content)
}
