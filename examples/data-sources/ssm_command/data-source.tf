# Found by the comment that it was sent with. Waits until it has ended on all nodes, however it ends there.
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
