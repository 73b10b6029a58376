# Terraform runs the script when it creates the instance, and does not run it
# again if the script fails.
action "ssm_send_command" "setup" {
  config {
    document_name = "AWS-RunShellScript"
    instance_ids  = [aws_instance.web.id]

    parameters = {
      commands = [
        "cloud-init status --wait",
        "systemctl enable --now app",
      ]
    }
  }
}

resource "aws_instance" "web" {
  ami                  = "ami-0a1b2c3d4e5f60001"
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"

  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.ssm_send_command.setup]
    }
  }
}
