# A module that reads a command. The files in tests/ test the module with
# `terraform test`, with and without AWS.
variable "command_id" {
  description = "ID of the command that prints the version of the application."
  type        = string
}

variable "instance_id" {
  description = "ID of the node on which the command ran."
  type        = string
}

data "ssm_command_invocation" "version" {
  command_id  = var.command_id
  instance_id = var.instance_id
  region      = "us-east-1"
}

output "version" {
  value = regex(
    "version ([0-9.]+)",
    data.ssm_command_invocation.version.standard_output_content
  )[0]
}
