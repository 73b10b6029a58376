variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# Waits until the command is complete on all nodes, and then reads the steps of
# each node.
data "ssm_command_invocations" "uptime" {
  command_id = var.command_id
}

output "uptime" {
  value = {
    for node in data.ssm_command_invocations.uptime.invocations :
    node.instance_id => {
      status = node.status
      output = node.command_plugins[0].output
    }
  }
}
