variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# The read fails if the status is not Success. The error shows the exit code and
# the end of standard error.
data "ssm_command_invocation" "migrate" {
  command_id      = var.command_id
  instance_id     = aws_instance.web.id
  require_success = true
}

output "migration" {
  value = data.ssm_command_invocation.migrate.standard_output_content
}
