variable "release" {
  description = "Release of the application."
  type        = string
}

# Runs the script when Terraform creates the resource, and again when the
# release changes. The apply fails if the script fails.
resource "ssm_command" "migrate" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [aws_instance.web.id]
  triggers      = { release = var.release }

  parameters = {
    commands = ["/opt/app/bin/migrate"]
  }
}

locals {
  migration = ssm_command.migrate.invocations[aws_instance.web.id]
}

output "migration" {
  value = trimspace(local.migration.standard_output_content)
}
