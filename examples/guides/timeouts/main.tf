variable "backup_command_id" {
  description = "ID of a command that a pipeline has just sent."
  type        = string
}

variable "reindex_command_id" {
  description = "ID of a command that may still be running."
  type        = string
}

# Waits for a backup that takes hours, and that was sent a moment ago.
data "ssm_command_invocation" "backup" {
  command_id         = var.backup_command_id
  instance_id        = aws_instance.web.id
  visibility_timeout = "2m" # Until the invocation is visible.

  timeouts {
    read = "4h" # Until the backup is complete and its output is read.
  }
}

# Reads the present status, and does not wait for completion.
data "ssm_command_invocation" "reindex" {
  command_id          = var.reindex_command_id
  instance_id         = aws_instance.web.id
  wait_for_completion = false
}

output "backup" {
  value = data.ssm_command_invocation.backup.status
}

output "reindex" {
  value = data.ssm_command_invocation.reindex.status
}
