# Runs the script on all nodes with the tag, one at a time, and stops after the
# first node on which it fails. Sends nothing if more than 5 nodes match.
resource "ssm_command" "restart" {
  document_name   = "AWS-RunShellScript"
  targets         = [{ key = "tag:Role", values = ["web"] }]
  max_targets     = 5
  max_concurrency = "1"
  max_errors      = "0"

  parameters = {
    commands = ["systemctl restart app && app --version"]
  }
}

output "versions" {
  value = {
    for id, node in ssm_command.restart.invocations :
    id => trimspace(node.standard_output_content)
  }
}
