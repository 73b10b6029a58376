# A failed check is a warning, and the run continues. The same is true if the
# read in the check fails.
check "backup" {
  data "ssm_command_invocation" "backup" {
    command_id  = "5d0a3ea2-8c4b-4f26-ad71-b3c5e7091d23"
    instance_id = "i-0a1b2c3d4e5f60001"
  }

  assert {
    condition     = data.ssm_command_invocation.backup.status == "Success"
    error_message = "Last night's backup: ${data.ssm_command_invocation.backup.status_details}."
  }
}
