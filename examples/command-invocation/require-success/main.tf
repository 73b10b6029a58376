# The read fails if the status is not Success. The error shows the exit code and
# the end of standard error.
data "ssm_command_invocation" "migrate" {
  command_id      = "3a1e5b70-2c9d-4f86-b0d3-91a2c4e6f801"
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

output "migration" {
  value = data.ssm_command_invocation.migrate.standard_output_content
}
