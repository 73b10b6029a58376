# A module that reads a command. The files in tests/ test the module with
# `terraform test`, with and without AWS.
variable "command_id" {
  type    = string
  default = "a25f83f7-d190-447b-b2c6-081a3c5e6278"
}

data "ssm_command_invocation" "version" {
  command_id  = var.command_id
  instance_id = "i-0a1b2c3d4e5f60001"
  region      = "us-east-1"
}

output "version" {
  value = regex("version ([0-9.]+)", data.ssm_command_invocation.version.standard_output_content)[0]
}
