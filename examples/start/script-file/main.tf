variable "release" {
  type    = string
  default = "4.2.0"
}

# Runs the script in the file, and again when the file or the release changes.
# The first line selects Bash. The second line passes a value to the script.
resource "ssm_command" "setup" {
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters = {
    commands = [
      "#!/bin/bash",
      "export RELEASE=${provider::ssm::shell_quote(var.release)}",
      file("${path.module}/setup.sh"),
    ]
  }
}

output "setup" {
  value = trimspace(
    one(values(ssm_command.setup.invocations)).standard_output_content
  )
}
