variable "command_id" {
  description = "The command that made a join token on the first node of a cluster."
  type        = string
}

# The token is what the command printed. It is in no plan and no state.
ephemeral "ssm_command_invocation" "join_token" {
  command_id      = var.command_id
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

# A write-only argument takes it, and keeps nothing of it either. Terraform cannot see that it has changed, so its version
# tells: it is made of the command's id, and a new command means a new token.
resource "aws_ssm_parameter" "join_token" {
  name             = "/cluster/join-token"
  type             = "SecureString"
  value_wo         = trimspace(ephemeral.ssm_command_invocation.join_token.standard_output_content)
  value_wo_version = parseint(substr(var.command_id, 0, 7), 16)
}
