# One command on several nodes. The provider waits for all nodes at the same
# time.
locals {
  nodes = {
    web-1 = "i-0a1b2c3d4e5f60001"
    web-2 = "i-0a1b2c3d4e5f60002"
    edge  = "mi-0a1b2c3d4e5f60003" # A non-EC2 node.
  }
}

data "ssm_command_invocation" "kernel" {
  for_each = local.nodes

  command_id  = "6e1b4fb3-9d5c-4037-be82-c4d6f81a2e34"
  instance_id = each.value
}

output "kernels" {
  value = { for name, read in data.ssm_command_invocation.kernel : name => trimspace(read.standard_output_content) }
}

output "failed_on" {
  value = [for name, read in data.ssm_command_invocation.kernel : name if read.status != "Success"]
}
