# The check is a warning if the command failed on a node, and the run continues.
check "restart" {
  data "ssm_command_invocations" "restart" {
    command_id      = "17f62f38-94a0-41b2-83c4-d5e6f708192a"
    include_plugins = false # The statuses are enough.
  }

  assert {
    condition = alltrue([for node in data.ssm_command_invocations.restart.invocations : node.status == "Success"])
    error_message = join(" ", ["The restart failed on", join(", ", [
      for node in data.ssm_command_invocations.restart.invocations : node.instance_id if node.status != "Success"
    ])])
  }
}
