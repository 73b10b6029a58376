# Terraform cannot store the command ID that `aws ssm send-command` prints. The
# ID of the terraform_data resource is unique and known before the command is
# sent, so it serves as the comment by which the data source finds the command.
#
# The AWS CLI uses its own Region and credentials: make sure that they are those
# of the provider block. The quotes are those of sh, not of Windows.
variable "release" {
  description = "Release to install."
  type        = string
  default     = "4.2.0"
}

resource "terraform_data" "deploy" {
  triggers_replace = var.release

  provisioner "local-exec" {
    command = <<-EOT
      aws ssm send-command --document-name AWS-RunShellScript \
        --targets Key=tag:Role,Values=web --comment "$COMMENT" \
        --parameters "commands=['/opt/app/install $RELEASE']"
    EOT
    environment = {
      COMMENT = self.id
      RELEASE = var.release
    }
  }
}

data "ssm_command" "deploy" {
  comment         = terraform_data.deploy.id
  document_name   = "AWS-RunShellScript" # Limits the search to fewer commands.
  require_success = true
}

output "deploy" {
  value = {
    status = data.ssm_command.deploy.status
    nodes  = data.ssm_command.deploy.target_count
  }
}
