variable "node" {
  description = "Instance ID of a managed node."
  type        = string
}

# The list of packages is longer than the output that Systems Manager returns,
# so the node also writes the list to S3. With store_output = false, the state
# has the list once, from the data source.
resource "ssm_command" "packages" {
  document_name         = "AWS-RunShellScript"
  instance_ids          = [var.node]
  output_s3_bucket_name = "example-command-output"
  output_s3_key_prefix  = "inventory"
  store_output          = false

  parameters = {
    commands = ["/opt/app/bin/packages --json"]
  }
}

# Reads the complete list from S3. A list of more than 256 KiB is an error.
data "ssm_command_invocation" "packages" {
  command_id       = ssm_command.packages.command_id
  instance_id      = var.node
  complete_output  = true
  max_output_bytes = 262144
}

locals {
  packages = jsondecode(
    data.ssm_command_invocation.packages.standard_output_content
  )
}

output "packages" {
  value = length(local.packages)
}
