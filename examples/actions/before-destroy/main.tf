# Takes the node out of service before Terraform destroys its instance. "caller"
# is the resource whose action_trigger runs the action.
action "ssm_send_command" "drain" {
  config {
    document_name = "AWS-RunShellScript"
    instance_ids  = [caller.id]

    parameters = {
      commands = ["/opt/app/bin/drain"]
    }

    timeouts {
      invoke = "10m"
    }
  }
}

resource "aws_instance" "web" {
  ami                  = "ami-0a1b2c3d4e5f60001"
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"

  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.ssm_send_command.drain]
    }
  }
}
