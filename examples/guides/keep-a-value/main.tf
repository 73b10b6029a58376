# A value that is to outlive the service's history. terraform_data takes it once for each command and keeps it in the state.
variable "command_id" {
  type    = string
  default = "d3b2e5f4-6c79-4a0b-9d8e-2f3a4b5c6d73"
}

data "ssm_command_invocation" "registration" {
  command_id    = var.command_id
  instance_id   = "i-0a1b2c3d4e5f60001"
  allow_missing = true
}

resource "terraform_data" "registration" {
  input            = data.ssm_command_invocation.registration.standard_output_content
  triggers_replace = data.ssm_command_invocation.registration.command_id # Another command, another value.

  lifecycle {
    ignore_changes = [input] # Null, once the history has gone, changes nothing.
  }
}

output "registration" {
  value = trimspace(terraform_data.registration.output)
}
