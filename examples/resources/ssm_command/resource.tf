# Runs the script once, and waits until it is complete. The apply fails if the
# script fails.
resource "ssm_command" "migrate" {
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters = {
    commands = ["/opt/app/bin/migrate"]
  }
}

output "migration" {
  value = ssm_command.migrate.invocations["i-0a1b2c3d4e5f60001"].standard_output_content
}
