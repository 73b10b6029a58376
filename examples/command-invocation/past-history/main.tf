# Systems Manager keeps a command for 30 days, and every plan reads the data
# source. With allow_missing, the values are null after that, instead of an error.
data "ssm_command_invocation" "setup" {
  command_id         = "914e72e6-c08f-436a-a1b5-f7092b4d5167"
  instance_id        = "i-0a1b2c3d4e5f60001"
  allow_missing      = true
  visibility_timeout = "2s" # The command was not sent recently.
}

output "setup" {
  value = coalesce(data.ssm_command_invocation.setup.status, "no longer known")
}
