# The output of a command as a map from node to output. The command was sent by
# tag, so the configuration does not name the nodes.
data "ssm_command_invocations" "kernel" {
  command_id = "06e51e27-839f-40a1-92b3-c4d5e6f70819"
}

output "kernels" {
  value = {
    for node in data.ssm_command_invocations.kernel.invocations :
    node.instance_id => trimspace(node.command_plugins[0].output)
  }
}
