resource "aws_ssm_association" "setup" {
  name                             = "AWS-RunShellScript"
  wait_for_success_timeout_seconds = 600

  parameters = {
    commands = "/opt/app/bin/setup"
  }

  targets {
    key    = "tag:Role"
    values = ["web"]
  }
}
