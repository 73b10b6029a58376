variable "command_id" {
  description = "ID of the command that set up the node."
  type        = string
}

# Systems Manager keeps a command for 30 days, and every plan reads the data
# source. With allow_missing, the values are null after that, and the read is
# not an error.
data "ssm_command_invocation" "setup" {
  command_id         = var.command_id
  instance_id        = aws_instance.web.id
  allow_missing      = true
  visibility_timeout = "2s" # The command was not sent recently.
}

output "setup" {
  value = coalesce(
    data.ssm_command_invocation.setup.status, "no longer known"
  )
}
