# JSON that was cut is no JSON. The postcondition says so, where jsondecode would only find the text's end unexpected.
data "ssm_command_invocation" "facts" {
  command_id      = "28073a49-b1ce-4f50-82d3-7e8f90a1b2c8"
  instance_id     = "i-0a1b2c3d4e5f60001"
  require_success = true

  lifecycle {
    postcondition {
      condition     = self.standard_output_truncated == false
      error_message = "The service kept only the beginning of the facts: have the script print less, or read all of them from S3."
    }
  }
}

locals {
  facts = jsondecode(data.ssm_command_invocation.facts.standard_output_content)
}

output "disks" {
  value = local.facts.disks
}
