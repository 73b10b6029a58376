variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# The list of packages is longer than the output that Systems Manager returns.
# The command was sent with --output-s3-bucket-name, so the complete list is in
# S3.
data "ssm_command_invocation" "packages" {
  command_id      = var.command_id
  instance_id     = aws_instance.web.id
  require_success = true
  complete_output = true

  max_output_bytes = 262144 # 256 KiB. A longer list is an error.
}

output "packages" {
  value = length(jsondecode(
    data.ssm_command_invocation.packages.standard_output_content
  ))
}
