import {
  to = ssm_command.deploy
  id = "5a1d7c3e-86b4-4f1f-9c7a-0e2b4d6f8a1c"
}

# The arguments are those of the command that was sent.
resource "ssm_command" "deploy" {
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]
  comment       = "deploy 4.2.0"

  parameters = {
    commands = ["/opt/app/bin/deploy 4.2.0"]
  }
}

output "deploy" {
  value = one(values(ssm_command.deploy.invocations)).standard_output_content
}
