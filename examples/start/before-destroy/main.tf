variable "ami" {
  type    = string
  default = "ami-0a1b2c3d4e5f60001"
}

resource "aws_instance" "web" {
  ami                  = var.ami
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"
}

# Terraform destroys this resource before it destroys or replaces the instance.
# A provisioner that runs at destroy can only refer to self.
resource "terraform_data" "drain" {
  triggers_replace = aws_instance.web.id

  provisioner "local-exec" {
    when    = destroy
    command = <<-EOT
      set -eu
      id=$(aws ssm send-command --document-name AWS-RunShellScript \
        --instance-ids "$NODE" --parameters commands=/opt/app/bin/drain \
        --query Command.CommandId --output text)
      aws ssm wait command-executed --command-id "$id" --instance-id "$NODE"
    EOT

    environment = { NODE = self.triggers_replace }
  }
}
