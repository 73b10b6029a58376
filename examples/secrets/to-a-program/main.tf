variable "command_id" {
  description = "ID of the command that printed a join token."
  type        = string
}

ephemeral "ssm_command_invocation" "join_token" {
  command_id      = var.command_id
  instance_id     = aws_instance.web.id
  require_success = true
}

locals {
  token = ephemeral.ssm_command_invocation.join_token.standard_output_content
}

# The program reads the token from its environment. Terraform does not show the
# output of the program, because it could contain the token.
resource "terraform_data" "join" {
  triggers_replace = var.command_id

  provisioner "local-exec" {
    command     = "sh join.sh"
    environment = { JOIN_TOKEN = trimspace(local.token) }
  }
}
