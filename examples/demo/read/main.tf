# `make demo` applies this configuration after the other one. It reads a command
# that something else sent: here, the other configuration.

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

data "ssm_command" "deploy" {
  comment = "deploy 4.2.0"
}

data "ssm_command_invocation" "deploy" {
  command_id  = data.ssm_command.deploy.command_id
  instance_id = "i-0a1b2c3d4e5f60001"
}

output "standard_output_content" {
  value = data.ssm_command_invocation.deploy.standard_output_content
}
