variable "command_id" {
  description = "ID of the command that created a join token on the first node of a cluster."
  type        = string
}

# The token is the output of the command. Plan and state do not contain it.
ephemeral "ssm_command_invocation" "join_token" {
  command_id      = var.command_id
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

# State does not contain the value of a write-only argument either. Terraform
# sends the value again if the version changes. The version is made of the
# command ID, because a new command prints a new token.
resource "aws_ssm_parameter" "join_token" {
  name             = "/cluster/join-token"
  type             = "SecureString"
  value_wo         = trimspace(ephemeral.ssm_command_invocation.join_token.standard_output_content)
  value_wo_version = parseint(substr(var.command_id, 0, 7), 16)
}
