variable "node" {
  description = "Instance ID of a managed node."
  type        = string
}

# A plan that replaces or destroys the resource would show stored output, so the
# resource does not store it.
resource "ssm_command" "password" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [var.node]
  store_output  = false

  parameters = {
    commands = ["/opt/app/bin/create-password"]
  }
}

# Plan and state contain the password, for a resource that has no write-only
# argument.
data "ssm_command_invocation" "password" {
  command_id  = ssm_command.password.command_id
  instance_id = var.node
}

# A condition that fails prints the values of the attributes that it names. For
# a sensitive local value, it prints "sensitive value". With sensitive() around
# the attribute in the condition itself, it would print the password.
locals {
  password = sensitive(trimspace(
    data.ssm_command_invocation.password.standard_output_content
  ))
}

check "password" {
  assert {
    condition     = length(local.password) >= 16
    error_message = "The generated password is shorter than 16 characters."
  }
}

output "password" {
  value     = local.password
  sensitive = true
}
