variable "command_id" {
  description = "ID of the command that printed a join token on the instance."
  type        = string
}

# The token is the output of the command. Plan and state do not contain it.
ephemeral "ssm_command_invocation" "join_token" {
  command_id      = var.command_id
  instance_id     = aws_instance.web.id
  require_success = true
}

locals {
  join_token = trimspace(
    ephemeral.ssm_command_invocation.join_token.standard_output_content
  )
}

# State does not contain the value of a write-only argument either. Terraform
# sends the value again if the version changes. The version is made of the
# command ID, because a new command prints a new token.
resource "aws_ssm_parameter" "join_token" {
  name             = "/cluster/join-token"
  type             = "SecureString"
  value_wo         = local.join_token
  value_wo_version = parseint(substr(var.command_id, 0, 7), 16)
}
