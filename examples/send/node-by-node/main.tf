# Each instance has a command of its own. An instance that is added later runs
# the script without another run on the other instances.
resource "ssm_command" "setup" {
  for_each = aws_instance.web

  document_name = "AWS-RunShellScript"
  instance_ids  = [each.value.id]

  parameters = {
    commands = [
      "/opt/app/bin/setup --name ${provider::ssm::shell_quote(each.key)}",
    ]
  }
}

output "setup" {
  value = {
    for name, command in ssm_command.setup : name => trimspace(
      command.invocations[aws_instance.web[name].id].standard_output_content
    )
  }
}
