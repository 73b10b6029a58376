# Finds the command by its comment, and waits until the command is complete on
# all nodes, with any status.
data "ssm_command" "deploy" {
  comment = "deploy 4.2.0"
}

output "deploy" {
  value = {
    status   = data.ssm_command.deploy.status
    nodes    = data.ssm_command.deploy.target_count
    failures = data.ssm_command.deploy.error_count
  }
}
