variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# Waits until the command is complete, and fails unless it succeeded on every
# node. Without the steps, this list is short.
data "ssm_command_invocations" "inventory" {
  command_id      = var.command_id
  include_plugins = false
  require_success = true
}

locals {
  inventory = data.ssm_command_invocations.inventory
}

# Reads up to 24,000 characters of output on each node, with one request for
# each node.
data "ssm_command_invocation" "inventory" {
  for_each = toset(local.inventory.invocations[*].instance_id)

  command_id  = local.inventory.command_id
  instance_id = each.value
}

output "packages" {
  value = {
    for node, read in data.ssm_command_invocation.inventory :
    node => length(split("\n", trimspace(read.standard_output_content)))
  }
}
