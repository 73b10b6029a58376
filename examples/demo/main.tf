# A script was sent to two web servers. `make demo` applies this configuration
# with a local mock of AWS that plays fake.json: the command is not visible at
# first, then it runs, and it succeeds on one node and fails on the other. The
# configuration reads the invocation on each node, and finds the command by its
# comment.

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
  command_id = "1c6b2c88-8d7c-4a7e-9b4e-3f0d2a9f6c11"
  nodes = {
    web-1 = "i-0a1b2c3d4e5f60001"
    web-2 = "i-0a1b2c3d4e5f60002"
  }
}

data "ssm_command_invocation" "deploy" {
  for_each = local.nodes

  command_id  = local.command_id
  instance_id = each.value
}

output "deploy" {
  value = {
    for name, invocation in data.ssm_command_invocation.deploy : name => {
      status                  = invocation.status
      response_code           = invocation.response_code
      standard_output_content = invocation.standard_output_content
      standard_error_content  = invocation.standard_error_content
    }
  }
}

data "ssm_command" "deploy" {
  comment = "deploy 4.2.0"
}

data "ssm_command_invocations" "deploy" {
  command_id = data.ssm_command.deploy.command_id
}

output "fleet" {
  value = {
    status = data.ssm_command.deploy.status
    nodes  = "${data.ssm_command.deploy.completed_count} ended, ${data.ssm_command.deploy.error_count} failed"
    exit_codes = {
      for node in data.ssm_command_invocations.deploy.invocations :
      node.instance_name => node.command_plugins[0].response_code
    }
  }
}
