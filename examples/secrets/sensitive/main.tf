variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# If the resource that receives the value has no write-only argument, read the
# value with a data source. Plan and state contain the value, and sensitive()
# keeps it out of the output of the CLI.
data "ssm_command_invocation" "password" {
  command_id      = var.command_id
  instance_id     = aws_instance.web.id
  require_success = true
}

# A condition that fails prints the values that it refers to. For this local
# value, it prints "sensitive value". For the attribute of the data source, it
# would print the password, even inside sensitive().
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
