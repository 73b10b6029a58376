# If the resource that receives the value has no write-only argument, read the
# value with a data source. Plan and state contain the value, and sensitive()
# keeps it out of the output of the CLI.
data "ssm_command_invocation" "password" {
  command_id      = "8153a0cf-6479-4fbd-8c80-c3745df6091a"
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true
}

# A condition that fails prints the values of what it names. It prints "sensitive value" for the local value; it would print
# the password for the attribute, with sensitive() around it or not.
locals {
  password = sensitive(trimspace(data.ssm_command_invocation.password.standard_output_content))
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
