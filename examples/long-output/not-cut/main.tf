# Without a bucket there is no more than the service keeps. A postcondition makes sure that it is all there was.
data "ssm_command_invocation" "users" {
  command_id      = "a375c2e1-869b-41df-8ea2-e5967f182b3c"
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true

  lifecycle {
    postcondition {
      condition     = !self.standard_output_truncated
      error_message = "The list of users was cut. Send the command with --output-s3-bucket-name, and set complete_output = true."
    }
  }
}

output "users" {
  value = split("\n", trimspace(data.ssm_command_invocation.users.standard_output_content))
}
