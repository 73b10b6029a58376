# A script was sent to two web servers. `make demo` runs this configuration against a stand-in for AWS that plays
# standin.json: the command cannot be seen at first, then it runs, then it ends well on one node and badly on the other. Read
# are one node after the other, and the command across its nodes, which is found by its comment.

terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

variable "endpoint" {
  description = "Where the stand-in listens."
  type        = string
}

provider "ssm" {
  region     = "us-east-1"
  access_key = "stand-in" # The stand-in asks for a signature, but not for whose.
  secret_key = "stand-in"

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
