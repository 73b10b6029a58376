# A command lives in the region it was sent in, and a read may name that region without a second provider block.
data "ssm_command_invocation" "frankfurt" {
  command_id  = "803d61d5-bf7e-4259-90a4-e6f81a3c4056"
  instance_id = "i-0a1b2c3d4e5f60004"
  region      = "eu-central-1"
}

output "uptime" {
  value = data.ssm_command_invocation.frankfurt.standard_output_content
}
