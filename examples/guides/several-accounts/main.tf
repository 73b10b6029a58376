# One block for each account. The pipeline's own credentials may do no more than assume these roles.
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
  command_id  = "f5d40716-8e9b-4c2d-9fa0-4b5c6d7e8f95"
  instance_id = "i-0a1b2c3d4e5f60001"
}

# A region is an argument of the read, so it needs no block of its own.
data "ssm_command_invocation" "production" {
  for_each = {
    us-east-1    = { command_id = "06e51827-9fac-4d3e-80b1-5c6d7e8f90a6", instance_id = "i-0a1b2c3d4e5f60002" }
    eu-central-1 = { command_id = "17f62938-a0bd-4e4f-91c2-6d7e8f90a1b7", instance_id = "i-0a1b2c3d4e5f60003" }
  }

  provider    = ssm.production
  region      = each.key
  command_id  = each.value.command_id
  instance_id = each.value.instance_id
}

output "versions" {
  value = merge(
    { staging = trimspace(data.ssm_command_invocation.staging.standard_output_content) },
    { for region, read in data.ssm_command_invocation.production : region => trimspace(read.standard_output_content) },
  )
}
