terraform {
  required_providers {
    runcommand = {
      source = "ssm-provider/ssm"
    }
  }
}

provider "runcommand" {
  region = "us-east-1"
}

data "ssm_command_invocation" "hello" {
  provider = runcommand

  command_id  = "7e3c1f52-94d1-4b0a-8f8e-5d8c1a2b3c4d"
  instance_id = "i-0a1b2c3d4e5f60001"
}

output "hello" {
  value = data.ssm_command_invocation.hello.standard_output_content
}
