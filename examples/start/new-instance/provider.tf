terraform {
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
