variable "ami" {
  type    = string
  default = "ami-0a1b2c3d4e5f60001"
}

resource "aws_instance" "web" {
  ami                  = var.ami
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"
}

# Waits until the instance is a managed node, and then runs the script. A new
# instance has a new ID, so the script also runs on an instance that replaces
# this one.
resource "ssm_command" "setup" {
  document_name = "AWS-RunShellScript"
  instance_ids  = [aws_instance.web.id]

  parameters = {
    commands = [
      "cloud-init status --wait",
      "/opt/app/bin/setup",
    ]
  }
}

output "setup" {
  value = trimspace(
    ssm_command.setup.invocations[aws_instance.web.id].standard_output_content
  )
}
