# What an Automation runbook or a maintenance window sent with Run Command is a command like any other: here the newest one of
# a document on a node, whoever sent it.
data "ssm_commands" "inventory" {
  instance_id   = "i-0a1b2c3d4e5f60001"
  document_name = "Example-CollectFacts"
  max_results   = 1
}

data "ssm_command_invocation" "inventory" {
  for_each = toset(data.ssm_commands.inventory.commands[*].command_id)

  command_id  = each.key
  instance_id = "i-0a1b2c3d4e5f60001"
}

output "inventory" {
  value = one([for read in data.ssm_command_invocation.inventory : trimspace(read.standard_output_content)])
}
