# `make demo` applies this configuration with a local mock of AWS that plays
# fake.json: the command succeeds on one node and fails on the other. A plan
# after that has nothing to do, and makes no request.

terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

variable "endpoint" {
  description = "URL of the local mock."
  type        = string
}

provider "ssm" {
  region     = "us-east-1"
  access_key = "mock" # The mock requires a signature and accepts any key.
  secret_key = "mock"

  endpoints {
    ssm = var.endpoint
  }
}

locals {
  nodes = {
    web-1 = "i-0a1b2c3d4e5f60001"
    web-2 = "i-0a1b2c3d4e5f60002"
  }
}

resource "ssm_command" "deploy" {
  document_name   = "AWS-RunShellScript"
  instance_ids    = values(local.nodes)
  comment         = "deploy 4.2.0"
  require_success = false # A node that fails does not fail the apply.

  parameters = {
    commands = ["/opt/app/bin/deploy 4.2.0"]
  }
}

locals {
  results = ssm_command.deploy.invocations
}

output "deploy" {
  value = {
    for name, id in local.nodes : name => {
      status                  = local.results[id].status
      response_code           = local.results[id].response_code
      standard_output_content = local.results[id].standard_output_content
      standard_error_content  = local.results[id].standard_error_content
    }
  }
}

output "failed" {
  value = join(" of ", [
    ssm_command.deploy.error_count, "${ssm_command.deploy.target_count} nodes"
  ])
}
