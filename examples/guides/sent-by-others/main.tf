# Finds the newest command of a document on a node, no matter which service or
# caller sent it.
data "ssm_commands" "inventory" {
  instance_id   = aws_instance.web.id
  document_name = "Example-CollectFacts"
  max_results   = 1
}

data "ssm_command_invocation" "inventory" {
  for_each = toset(data.ssm_commands.inventory.commands[*].command_id)

  command_id  = each.key
  instance_id = aws_instance.web.id
}

output "inventory" {
  value = one([
    for read in data.ssm_command_invocation.inventory :
    trimspace(read.standard_output_content)
  ])
}
