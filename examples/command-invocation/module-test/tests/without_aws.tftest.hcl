# This test does not use AWS. A mocked provider returns random strings, so the
# test sets the values that the module reads.
mock_provider "ssm" {}

variables {
  command_id  = "a25f83f7-d190-447b-b2c6-081a3c5e6278"
  instance_id = "i-0a1b2c3d4e5f60001"
}

run "finds_the_version_in_the_output" {
  command = plan

  override_data {
    target = data.ssm_command_invocation.version
    values = {
      status                  = "Success"
      response_code           = 0
      standard_output_content = "app version 9.9.1 (linux/amd64)\n"
    }
  }

  assert {
    condition     = output.version == "9.9.1"
    error_message = "The version is ${output.version}."
  }
}
