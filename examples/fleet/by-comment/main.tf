variable "release" {
  description = "Release that the pipeline deployed."
  type        = string
}

# The pipeline sent the command with this comment. Each comment is used once.
data "ssm_command" "deploy" {
  comment         = "deploy ${var.release}"
  document_name   = "AWS-RunShellScript" # Limits the search to fewer commands.
  require_success = true
}

output "deploy" {
  value = data.ssm_command.deploy.status
}
