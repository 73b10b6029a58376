# A postcondition defines success, with a message of its own. Here, exit code 3
# means that there was nothing to do.
data "ssm_command_invocation" "cleanup" {
  command_id  = "4c8f2d91-7b3a-4e15-9c60-a2b4d6f80c12"
  instance_id = "i-0a1b2c3d4e5f60001"

  lifecycle {
    postcondition {
      condition     = contains([0, 3], self.response_code)
      error_message = "The clean-up ended with ${self.status_details}, exit code ${self.response_code}."
    }
  }
}

output "something_was_cleaned" {
  value = data.ssm_command_invocation.cleanup.response_code == 0
}
