# A backup that takes hours, and that a pipeline has sent a moment ago.
data "ssm_command_invocation" "backup" {
  command_id         = "b1f0c3d2-4a57-4e89-9b6c-0d1e2f3a4b51"
  instance_id        = "i-0a1b2c3d4e5f60001"
  visibility_timeout = "2m" # How long the service may say that it does not exist.

  timeouts {
    read = "4h" # How long all of it may take.
  }
}

# What can be said at once: it is there, and this is how far it has come.
data "ssm_command_invocation" "reindex" {
  command_id          = "c2a1d4e3-5b68-4f9a-8c7d-1e2f3a4b5c62"
  instance_id         = "i-0a1b2c3d4e5f60001"
  wait_for_completion = false
}

output "backup" {
  value = data.ssm_command_invocation.backup.status
}

output "reindex" {
  value = data.ssm_command_invocation.reindex.status
}
