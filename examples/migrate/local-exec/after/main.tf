variable "release" {
  type    = string
  default = "4.2.0"
}

resource "ssm_command" "migrate" {
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters = {
    commands = ["/opt/app/bin/migrate"]
  }

  triggers = {
    release = var.release
  }
}
