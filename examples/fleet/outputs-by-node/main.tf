variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# The output of a command as a map from node to output. The command was sent by
# tag, so the configuration does not name the nodes.
data "ssm_command_invocations" "kernel" {
  command_id = var.command_id
}

output "kernels" {
  value = {
    for node in data.ssm_command_invocations.kernel.invocations :
    node.instance_id => trimspace(node.command_plugins[0].output)
  }
}
