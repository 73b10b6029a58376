# What a command printed, as a map by node. A command that was sent by tag finds its nodes by itself, so none is named here.
data "ssm_command_invocations" "kernel" {
  command_id = "06e51e27-839f-40a1-92b3-c4d5e6f70819"
}

output "kernels" {
  value = {
    for node in data.ssm_command_invocations.kernel.invocations :
    node.instance_id => trimspace(node.command_plugins[0].output)
  }
}
