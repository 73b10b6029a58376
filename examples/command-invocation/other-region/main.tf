# Systems Manager keeps a command in the Region to which it was sent. To read
# from another Region than that of the provider block, set region.
data "ssm_command_invocation" "frankfurt" {
  command_id  = "803d61d5-bf7e-4259-90a4-e6f81a3c4056"
  instance_id = "i-0a1b2c3d4e5f60004"
  region      = "eu-central-1"
}

output "uptime" {
  value = data.ssm_command_invocation.frankfurt.standard_output_content
}
