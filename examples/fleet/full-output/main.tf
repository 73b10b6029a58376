# Waits until the command is complete, and fails unless it succeeded on every
# node. Without the steps, this list is short.
data "ssm_command_invocations" "inventory" {
  command_id      = "28073049-a5b1-42c3-94d5-e6f708192a3b"
  include_plugins = false
  require_success = true
}

# Reads up to 24,000 characters of output on each node, with one request per node.
data "ssm_command_invocation" "inventory" {
  for_each = toset(data.ssm_command_invocations.inventory.invocations[*].instance_id)

  command_id  = data.ssm_command_invocations.inventory.command_id
  instance_id = each.value
}

output "packages" {
  value = {
    for node, read in data.ssm_command_invocation.inventory :
    node => length(split("\n", trimspace(read.standard_output_content)))
  }
}
