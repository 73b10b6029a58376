# The script prints a token. With store_output = false, the state has the status
# and the exit code of the command, and not its output.
resource "ssm_command" "join_token" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [aws_instance.web.id]
  store_output  = false

  parameters = {
    commands = ["/opt/cluster/create-join-token"]
  }
}

# Reads the output of the command, and stores none of it. Systems Manager keeps
# the output for 30 days. After that, the values are null.
ephemeral "ssm_command_invocation" "join_token" {
  command_id    = ssm_command.join_token.command_id
  instance_id   = aws_instance.web.id
  allow_missing = true
}

locals {
  token = ephemeral.ssm_command_invocation.join_token.standard_output_content
}

# Terraform sends the token when it creates the parameter, and again when a new
# command has printed a new token.
resource "aws_ssm_parameter" "join_token" {
  name     = "/cluster/join-token"
  type     = "SecureString"
  value_wo = try(trimspace(local.token), null)

  # A number that changes with the command ID.
  value_wo_version = parseint(
    substr(ssm_command.join_token.command_id, 0, 7), 16
  )
}
