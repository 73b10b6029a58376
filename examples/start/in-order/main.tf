variable "release" {
  type    = string
  default = "4.2.0"
}

variable "workers" {
  type    = number
  default = 4
}

locals {
  release = provider::ssm::shell_quote(var.release)
}

resource "ssm_command" "install" {
  comment       = "install the app"
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters = {
    commands = ["/opt/app/bin/install ${local.release}"]
  }
}

# Runs after each run of the first command, and also when the number of workers
# changes. Without the trigger, it would run after the first command once.
resource "ssm_command" "restart" {
  comment       = "restart the app"
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters = {
    commands = ["/opt/app/bin/restart --workers ${var.workers}"]
  }

  triggers = {
    install = ssm_command.install.command_id
  }
}
