# Terraform has nowhere to put the id that `aws ssm send-command` prints. The id of the terraform_data that sends is known
# before, is never used twice, and fits into a comment: by that, the command is found.
variable "release" {
  type    = string
  default = "4.2.0"
}

resource "terraform_data" "deploy" {
  triggers_replace = var.release

  provisioner "local-exec" {
    command = <<-EOT
      aws ssm send-command --document-name AWS-RunShellScript --targets Key=tag:Role,Values=web \
        --parameters "commands=['/opt/app/install $RELEASE']" --comment "$COMMENT"
    EOT
    environment = {
      COMMENT = self.id
      RELEASE = var.release
    }
  }
}

data "ssm_command" "deploy" {
  comment         = terraform_data.deploy.id
  document_name   = "AWS-RunShellScript" # So that fewer commands are searched.
  require_success = true
}

output "deploy" {
  value = {
    status = data.ssm_command.deploy.status
    nodes  = data.ssm_command.deploy.target_count
  }
}
