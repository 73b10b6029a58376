variable "release" {
  type    = string
  default = "4.2.0"
}

resource "terraform_data" "migrate" {
  triggers_replace = var.release

  provisioner "local-exec" {
    command = <<-EOT
      set -eu
      id=$(aws ssm send-command --document-name AWS-RunShellScript \
        --instance-ids "$NODE" --parameters commands=/opt/app/bin/migrate \
        --query Command.CommandId --output text)
      aws ssm wait command-executed --command-id "$id" --instance-id "$NODE"
    EOT

    environment = { NODE = "i-0a1b2c3d4e5f60001" }
  }
}
