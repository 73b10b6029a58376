variable "nodes" {
  description = "Instance IDs by name."
  type        = map(string)
  default = {
    web-1 = "i-0a1b2c3d4e5f60001"
    web-2 = "i-0a1b2c3d4e5f60002"
  }
}

# Each node has a command of its own. A node that is added later runs the script
# without another run on the other nodes.
resource "ssm_command" "setup" {
  for_each = var.nodes

  document_name = "AWS-RunShellScript"
  instance_ids  = [each.value]

  parameters = {
    commands = ["/opt/app/bin/setup --name ${provider::ssm::shell_quote(each.key)}"]
  }
}

output "setup" {
  value = {
    for name, command in ssm_command.setup :
    name => command.invocations[var.nodes[name]].standard_output_content
  }
}
