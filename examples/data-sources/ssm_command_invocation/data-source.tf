# Waits until the command is complete on the node, with any status.
data "ssm_command_invocation" "migrate" {
  command_id  = "2b9d6a3e-5c47-4d0f-a1c8-6e7f80912a3b"
  instance_id = "i-0a1b2c3d4e5f60001"

  timeouts {
    read = "15m"
  }
}

output "migration" {
  value = {
    status = data.ssm_command_invocation.migrate.status
    code   = data.ssm_command_invocation.migrate.response_code
    output = data.ssm_command_invocation.migrate.standard_output_content
    errors = data.ssm_command_invocation.migrate.standard_error_content
  }
}
