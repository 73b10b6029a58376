variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# Waits until the command is complete on all nodes, with any status.
data "ssm_command" "deploy" {
  command_id = var.command_id

  timeouts {
    read = "30m"
  }
}

output "deploy" {
  value = {
    status   = data.ssm_command.deploy.status
    nodes    = data.ssm_command.deploy.target_count
    failures = data.ssm_command.deploy.error_count
  }
}
