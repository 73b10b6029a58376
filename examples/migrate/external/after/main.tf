locals {
  node = "i-0a1b2c3d4e5f60001"
}

resource "ssm_command" "version" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [local.node]

  parameters = {
    commands = ["app --version"]
  }
}

output "version" {
  value = trimspace(
    ssm_command.version.invocations[local.node].standard_output_content
  )
}
