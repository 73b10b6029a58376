variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# The check is a warning if the command failed on a node, and the run continues.
check "restart" {
  data "ssm_command_invocations" "restart" {
    command_id      = var.command_id
    include_plugins = false # The statuses are enough.
  }

  assert {
    condition = alltrue([
      for node in data.ssm_command_invocations.restart.invocations :
      node.status == "Success"
    ])
    error_message = join(" ", concat(["The restart failed on"], [
      for node in data.ssm_command_invocations.restart.invocations :
      node.instance_id if node.status != "Success"
    ]))
  }
}
