# The service forgets a command after 30 days, and a data source is read at every plan. Where the answer may be gone by
# then, say so: every value is then null instead of an error.
data "ssm_command_invocation" "setup" {
  command_id         = "914e72e6-c08f-436a-a1b5-f7092b4d5167"
  instance_id        = "i-0a1b2c3d4e5f60001"
  allow_missing      = true
  visibility_timeout = "2s" # It was not sent just now, so it need not be waited for.
}

output "setup" {
  value = coalesce(data.ssm_command_invocation.setup.status, "no longer known")
}
