# A Windows machine outside EC2. Its lines end in CR LF, and nothing is changed in what it wrote.
data "ssm_command_invocation" "hotfixes" {
  command_id  = "4a295c6b-d3e0-4172-84f5-90a1b2c3d4ea"
  instance_id = "mi-0a1b2c3d4e5f60005"
  plugin_name = "aws:runPowerShellScript" # Only step of AWS-RunPowerShellScript, so it could be left out.
}

output "hotfixes" {
  value = split("\r\n", trimspace(data.ssm_command_invocation.hotfixes.standard_output_content))
}
