variable "staging" {
  description = "Command and node in the staging account."
  type        = object({ command_id = string, instance_id = string })
}

variable "production" {
  description = "Commands and nodes in the production account, by Region."
  type        = map(object({ command_id = string, instance_id = string }))
}

# One provider block for each account. The credentials of the pipeline need no
# other permission than to assume these roles.
provider "ssm" {
  region              = "us-east-1"
  allowed_account_ids = ["111111111111"]

  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/run-command-reader"
  }
}

provider "ssm" {
  alias               = "production"
  region              = "us-east-1"
  allowed_account_ids = ["222222222222"]

  assume_role {
    role_arn    = "arn:aws:iam::222222222222:role/run-command-reader"
    external_id = "example"
    duration    = "1h"
  }
}

data "ssm_command_invocation" "staging" {
  command_id  = var.staging.command_id
  instance_id = var.staging.instance_id
}

# The Region is an argument of the read, so that a Region needs no provider
# block.
data "ssm_command_invocation" "production" {
  for_each = var.production

  provider    = ssm.production
  region      = each.key
  command_id  = each.value.command_id
  instance_id = each.value.instance_id
}

locals {
  reads = merge(
    { staging = data.ssm_command_invocation.staging },
    data.ssm_command_invocation.production,
  )
}

output "versions" {
  value = {
    for name, read in local.reads :
    name => trimspace(read.standard_output_content)
  }
}
