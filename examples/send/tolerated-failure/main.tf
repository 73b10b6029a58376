locals {
  node = "i-0a1b2c3d4e5f60001"
}

# Exit code 2 of this script means that there was nothing to remove. Any other
# failure is an error.
resource "ssm_command" "cleanup" {
  document_name   = "AWS-RunShellScript"
  instance_ids    = [local.node]
  require_success = false

  parameters = {
    commands = ["/opt/app/bin/cleanup"]
  }

  lifecycle {
    postcondition {
      condition     = contains([0, 2], self.invocations[local.node].response_code)
      error_message = "The clean-up failed with exit code ${coalesce(self.invocations[local.node].response_code, -1)}."
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
