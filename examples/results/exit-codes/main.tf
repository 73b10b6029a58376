# Runs the script on all nodes with the tag, and accepts any result. Exit code 3
# of this script means that there was nothing to do.
resource "ssm_command" "migrate" {
  document_name   = "AWS-RunShellScript"
  targets         = [{ key = "tag:Role", values = ["db"] }]
  max_errors      = "100%" # A node that fails does not stop the others.
  require_success = false

  parameters = {
    commands = ["/opt/app/bin/migrate"]
  }
}

# -1 and null are not exit codes of the script. The details of the status give
# the reason.
output "migrations" {
  value = {
    for id, node in ssm_command.migrate.invocations : id => (
      node.response_code == 0 ? "changed" :
      node.response_code == 3 ? "nothing to do" :
      coalesce(node.response_code, -1) == -1 ? "none: ${node.status_details}" :
      "failed with exit code ${node.response_code}"
    )
  }
}
