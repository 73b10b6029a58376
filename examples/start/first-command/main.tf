variable "instance_id" {
  description = "ID of the managed node."
  type        = string
}

variable "release" {
  type    = string
  default = "1"
}

resource "ssm_command" "hello" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [var.instance_id]

  parameters = {
    commands = ["echo hello from $(hostname)"]
  }

  # A new value sends the command again.
  triggers = {
    release = var.release
  }
}

output "hello" {
  value = trimspace(
    ssm_command.hello.invocations[var.instance_id].standard_output_content
  )
}
