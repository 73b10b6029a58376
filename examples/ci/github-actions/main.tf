terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

# Credentials and Region come from the environment of the job.
provider "ssm" {
  allowed_account_ids = ["123456789012"]
}

variable "release" {
  type    = string
  default = "4.2.0"
}

resource "ssm_command" "deploy" {
  document_name = "App-Deploy"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]
  parameters    = { Release = [var.release] }

  timeouts {
    create = "1h"
  }
}
