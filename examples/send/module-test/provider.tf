terraform {
  required_providers {
    ssm = { source = "ssm-provider/ssm" }
  }
}
