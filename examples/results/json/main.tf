variable "node" {
  description = "Instance ID of a managed node."
  type        = string
}

# A part of a JSON document is not valid JSON. The postcondition reports that
# the output is truncated, before jsondecode fails with "unexpected EOF".
resource "ssm_command" "facts" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [var.node]

  parameters = {
    commands = ["/opt/app/bin/facts --json"]
  }

  lifecycle {
    postcondition {
      condition = !self.invocations[var.node].steps[0].standard_output_truncated
      error_message = join(" ", [
        "The facts are longer than the output that Systems Manager returns.",
        "Print less, or read the output from S3.",
      ])
    }
  }
}

locals {
  facts = jsondecode(
    ssm_command.facts.invocations[var.node].standard_output_content
  )
}

output "disks" {
  value = local.facts.disks
}
