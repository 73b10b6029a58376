terraform {
  required_providers {
    runcommand = { source = "ssm-provider/ssm" }
  }
}

provider "runcommand" {
  region = "us-east-1"
}

variable "instance_id" {
  description = "ID of a managed node."
  type        = string
}

resource "ssm_command" "hello" {
  provider = runcommand

  document_name = "AWS-RunShellScript"
  instance_ids  = [var.instance_id]
  parameters    = { commands = ["uname -r"] }
}
