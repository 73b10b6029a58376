variable "command_id" {
  description = "ID of the command that ran the backup."
  type        = string
}

# A check that fails is a warning, and the run continues. The same is true if
# the read in the check fails.
check "backup" {
  data "ssm_command_invocation" "backup" {
    command_id  = var.command_id
    instance_id = aws_instance.web.id
  }

  assert {
    condition = data.ssm_command_invocation.backup.status == "Success"
    error_message = format(
      "The backup failed: %s.",
      data.ssm_command_invocation.backup.status_details
    )
  }
}
