locals {
  command_id = "5e207d9c-3146-4c8a-9f5d-90412ac3d6e7" # The command printed a join token.
}

ephemeral "ssm_command_invocation" "join_token" {
  command_id      = local.command_id
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

# The program reads the token from its environment. Terraform does not show the
# output of the program, because it could contain the token.
resource "terraform_data" "join" {
  triggers_replace = local.command_id

  provisioner "local-exec" {
    command     = "sh join.sh"
    environment = { JOIN_TOKEN = trimspace(ephemeral.ssm_command_invocation.join_token.standard_output_content) }
  }
}
