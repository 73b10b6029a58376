variable "join_token" {
  description = "Token with which a node joins the cluster."
  type        = string
  ephemeral   = true
}

variable "join_token_version" {
  description = "Number to change with each new token."
  type        = number
  default     = 1
}

locals {
  join_token = provider::ssm::shell_quote(var.join_token)
}

# Terraform stores the token neither in the plan nor in the state. It cannot
# compare tokens either: a new version sends a new command.
resource "ssm_command" "join" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [aws_instance.web.id]

  parameters_wo = {
    commands = ["/opt/cluster/join ${local.join_token}"]
  }
  parameters_wo_version = var.join_token_version

  # A script can print its arguments.
  store_output = false
}
