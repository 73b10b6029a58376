variable "command_id" {
  description = "ID of the command to cancel."
  type        = string
}

action "ssm_cancel_command" "stop" {
  config {
    command_id = var.command_id
  }
}
