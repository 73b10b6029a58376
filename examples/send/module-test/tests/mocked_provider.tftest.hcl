# This test uses no API and sends nothing. It checks the arguments of the
# command.
mock_provider "ssm" {}

variables {
  instance_id = "i-0a1b2c3d4e5f60001"
  release     = "4.2.0"
}

override_resource {
  target = ssm_command.deploy
  values = { status = "Success" }
}

run "deploys_the_release" {
  assert {
    condition = endswith(
      ssm_command.deploy.parameters.commands[1], "deploy 4.2.0"
    )
    error_message = "The script does not deploy the release."
  }
}
