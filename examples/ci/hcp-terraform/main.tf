terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

# HCP Terraform sets this variable in each run.
variable "tfc_aws_dynamic_credentials" {
  type = object({
    default = object({ shared_config_file = string })
    aliases = map(object({ shared_config_file = string }))
  })
}

provider "ssm" {
  region = "us-east-1"
  shared_config_files = [
    var.tfc_aws_dynamic_credentials.default.shared_config_file
  ]
  allowed_account_ids = ["123456789012"]
}

# A second account, with the credentials that have the tag PROD.
provider "ssm" {
  alias  = "prod"
  region = "us-east-1"
  shared_config_files = [
    var.tfc_aws_dynamic_credentials.aliases["PROD"].shared_config_file
  ]
  allowed_account_ids = ["210987654321"]
}

data "ssm_commands" "staging" {
  max_results = 10
}

data "ssm_commands" "prod" {
  provider    = ssm.prod
  max_results = 10
}

output "commands" {
  value = {
    staging = length(data.ssm_commands.staging.commands)
    prod    = length(data.ssm_commands.prod.commands)
  }
}
