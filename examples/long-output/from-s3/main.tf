# The list of packages is longer than what the service keeps, and half a JSON document is none. The command was sent with
# --output-s3-bucket-name, so all of it is in S3, and is read from there.
data "ssm_command_invocation" "packages" {
  command_id       = "9264b1d0-758a-40ce-9d91-d4856e071a2b"
  instance_id      = "i-0a1b2c3d4e5f60001"
  require_success  = true
  complete_output  = true
  max_output_bytes = 262144 # 256 KiB. More than that would be an error, not a shorter list.
}

output "packages" {
  value = length(jsondecode(data.ssm_command_invocation.packages.standard_output_content))
}
