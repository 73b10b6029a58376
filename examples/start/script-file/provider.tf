terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}

provider "ssm" {
  region = "us-east-1"
}
