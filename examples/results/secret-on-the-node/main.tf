variable "node" {
  description = "Instance ID of a managed node."
  type        = string
}

variable "secret_id" {
  description = "Name of a secret in Secrets Manager that the node may read."
  type        = string
  default     = "cluster/join-token"
}

# The script reads the secret on the node, by the permissions of the node's
# role. Neither Terraform nor Systems Manager stores the secret.
resource "ssm_command" "join" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [var.node]
  store_output  = false # The program could print the secret.

  parameters = {
    commands = [
      "set -eu",
      join(" ", [
        "JOIN_TOKEN=$(aws secretsmanager get-secret-value",
        "--secret-id ${provider::ssm::shell_quote(var.secret_id)}",
        "--query SecretString --output text)",
      ]),
      "export JOIN_TOKEN",
      "/opt/cluster/join",
    ]
  }
}
