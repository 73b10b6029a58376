variable "join_token" {
  type      = string
  ephemeral = true
}

variable "join_token_version" {
  type    = number
  default = 1
}

# Terraform stores the token neither in the plan nor in the state. It cannot
# compare tokens either: a new version sends a new command.
resource "ssm_command" "join" {
  document_name = "AWS-RunShellScript"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  parameters_wo = {
    commands = ["/opt/cluster/join ${provider::ssm::shell_quote(var.join_token)}"]
  }
  parameters_wo_version = var.join_token_version

  # A script can print its arguments.
  store_output = false
}
