# Exit code 2 of this script means that there was nothing to remove. Any other
# failure is an error.
resource "ssm_command" "cleanup" {
  document_name   = "AWS-RunShellScript"
  instance_ids    = [aws_instance.web.id]
  require_success = false

  parameters = {
    commands = ["/opt/app/bin/cleanup"]
  }

  lifecycle {
    postcondition {
      condition = contains(
        [0, 2], self.invocations[aws_instance.web.id].response_code
      )
      error_message = format(
        "The clean-up failed with exit code %d.",
        coalesce(self.invocations[aws_instance.web.id].response_code, -1)
      )
    }
  }
}

# A check shows a warning, and the apply continues.
check "cleanup" {
  assert {
    condition     = ssm_command.cleanup.status == "Success"
    error_message = "The clean-up removed nothing."
  }
}
