variable "node" {
  description = "Instance ID of a Windows node."
  type        = string
}

# A Windows program can write text in a code page. The script therefore writes
# UTF-8 in Base64, which consists of ASCII characters.
resource "ssm_command" "users" {
  document_name = "AWS-RunPowerShellScript"
  instance_ids  = [var.node]

  parameters = {
    commands = [
      "$ErrorActionPreference = 'Stop'",
      "$names = (Get-LocalUser).FullName -join \"`r`n\"",
      "[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($names))",
    ]
  }
}

output "users" {
  value = split("\r\n", trimspace(base64decode(trimspace(
    ssm_command.users.invocations[var.node].standard_output_content
  ))))
}
