variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# Waits until the command is complete on the node, with any status.
data "ssm_command_invocation" "migrate" {
  command_id  = var.command_id
  instance_id = aws_instance.web.id

  timeouts {
    read = "15m"
  }
}

output "migration" {
  value = {
    status = data.ssm_command_invocation.migrate.status
    code   = data.ssm_command_invocation.migrate.response_code
    output = data.ssm_command_invocation.migrate.standard_output_content
    errors = data.ssm_command_invocation.migrate.standard_error_content
  }
}
