variable "command_id" {
  description = "ID of the command that registered the node."
  type        = string
}

data "ssm_command_invocation" "registration" {
  command_id    = var.command_id
  instance_id   = aws_instance.web.id
  allow_missing = true
}

# Keeps the value longer than Systems Manager keeps the command: terraform_data
# stores the value once for each command.
resource "terraform_data" "registration" {
  input = data.ssm_command_invocation.registration.standard_output_content

  # Another command has another value.
  triggers_replace = data.ssm_command_invocation.registration.command_id

  lifecycle {
    ignore_changes = [input] # Null after 30 days.
  }
}

output "registration" {
  value = trimspace(terraform_data.registration.output)
}
