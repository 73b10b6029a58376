terraform {
  required_providers {
    ssm = { source = "pbobov/ssm" }
  }
}

resource "ssm_command" "setup" {
  document_name     = "AWS-RunShellScript"
  comment           = "set up the app"
  execution_timeout = 600

  parameters {
    name   = "commands"
    values = ["/opt/app/bin/setup"]
  }

  targets {
    key    = "InstanceIds"
    values = ["i-0a1b2c3d4e5f60001"]
  }

  output_location {
    s3_bucket_name = "example-command-output"
    s3_key_prefix  = "setup"
  }
}
