terraform {
  required_version = ">= 1.11" # For write-only arguments.

  required_providers {
    ssm = { source = "ssm-provider/ssm" }
    aws = { source = "hashicorp/aws" }
  }
}

provider "ssm" {
  region = "us-east-1"
}

provider "aws" {
  region = "us-east-1"
}
