terraform {
  required_version = ">= 1.14" # For actions.

  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

provider "ssm" {
  region = "us-east-1"
}
