# This test sends commands to the local mock of the API. The file fake.json has
# the node, and what its script does.
provider "ssm" {
  # AWS rejects these keys, so the test cannot send a command without the mock.
  access_key = "example"
  secret_key = "example"
}

variables {
  instance_id = "i-0a1b2c3d4e5f60001"
  release     = "4.2.0"
}

run "deploys_the_release" {
  assert {
    condition     = output.version == "4.2.0"
    error_message = "The version is ${output.version}."
  }
}

run "sends_nothing_without_a_change" {
  command = plan

  # The ID of a command that apply would send is unknown.
  assert {
    condition     = output.command_id != null
    error_message = "The command has no ID."
  }
}

run "fails_for_an_unknown_release" {
  variables {
    release = "0.0.0"
  }

  expect_failures = [output.version]
}
