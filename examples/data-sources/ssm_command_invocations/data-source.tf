# Waits until the command is complete on all nodes, and then reads the steps of
# each node.
data "ssm_command_invocations" "uptime" {
  command_id = "c2a1dae3-4f5b-4c6d-9e7f-8091a2b3c4d5"
}

output "uptime" {
  value = {
    for node in data.ssm_command_invocations.uptime.invocations : node.instance_id => {
      status = node.status
      output = node.command_plugins[0].output
    }
  }
}
