# Replace with the resources that create the nodes.
resource "terraform_data" "web" {}

# Waits until three nodes have booted, and are registered and Online.
data "ssm_managed_nodes" "web" {
  tags    = { Role = "web" }
  minimum = 3

  depends_on = [terraform_data.web]
}

# Restarts two nodes at a time. One node may fail. If a second node fails,
# Systems Manager does not send the command to the remaining nodes, and the
# apply fails.
resource "ssm_command" "restart" {
  document_name   = "AWS-RunShellScript"
  targets         = [{ key = "tag:Role", values = ["web"] }]
  max_concurrency = "2"
  max_errors      = "1"
  require_success = false

  parameters = {
    commands = ["set -eu", "systemctl restart app", "/opt/app/bin/healthy"]
  }

  lifecycle {
    postcondition {
      condition     = self.status == "Success" && self.completed_count > 0
      error_message = "The restart ended with ${self.status_details}."
    }
  }

  depends_on = [data.ssm_managed_nodes.web]
}

# The nodes that did not succeed, with the reason.
output "failed" {
  value = {
    for id, node in ssm_command.restart.invocations :
    id => node.status_details
    if node.status != "Success"
  }
}
