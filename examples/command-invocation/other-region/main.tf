variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

variable "instance_id" {
  description = "ID of a node in Frankfurt."
  type        = string
}

# Systems Manager keeps a command in the Region to which it was sent. To read
# from another Region than that of the provider block, set region.
data "ssm_command_invocation" "frankfurt" {
  command_id  = var.command_id
  instance_id = var.instance_id
  region      = "eu-central-1"
}

output "uptime" {
  value = data.ssm_command_invocation.frankfurt.standard_output_content
}
