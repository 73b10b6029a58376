import {
  to = ssm_command.setup
  id = "2d6f8a1c-5a1d-4c3e-86b4-9c7a0e2b4d6f"
}

resource "ssm_command" "setup" {
  document_name         = "AWS-RunShellScript"
  comment               = "set up the app"
  output_s3_bucket_name = "example-command-output"
  output_s3_key_prefix  = "setup"

  targets = [
    { key = "InstanceIds", values = ["i-0a1b2c3d4e5f60001"] }
  ]

  parameters = {
    commands = ["/opt/app/bin/setup"]
  }
}

output "setup" {
  value = trimspace(
    ssm_command.setup.invocations["i-0a1b2c3d4e5f60001"].standard_output_content
  )
}
