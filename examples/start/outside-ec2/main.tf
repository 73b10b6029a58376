locals {
  node = "mi-0a1b2c3d4e5f60005"
}

# A Windows server outside of EC2. The lines of its output end in CR LF.
resource "ssm_command" "hotfixes" {
  document_name = "AWS-RunPowerShellScript"
  instance_ids  = [local.node]

  parameters = {
    commands = ["(Get-HotFix).HotFixID"]
  }
}

output "hotfixes" {
  value = split("\r\n", trimspace(
    ssm_command.hotfixes.invocations[local.node].standard_output_content
  ))
}
