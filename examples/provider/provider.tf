terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

# Credentials come from the environment, a profile, or the instance, as they do
# for provider "aws".
provider "ssm" {
  region = "us-east-1"
}

variable "command_id" {
  description = "The command ID that SendCommand returned."
  type        = string
}

variable "instance_id" {
  description = "The managed node that the command was sent to."
  type        = string
}

# Waits until the command is complete on the node.
data "ssm_command_invocation" "hello" {
  command_id  = var.command_id
  instance_id = var.instance_id
}

output "hello" {
  value = data.ssm_command_invocation.hello.standard_output_content
}
