resource "ssm_command" "setup" {
  document_name = "AWS-RunShellScript"
  targets       = [{ key = "tag:Role", values = ["web"] }]
  max_targets   = 5

  parameters = {
    commands = ["/opt/app/bin/setup"]
  }

  timeouts {
    create = "10m"
  }
}
