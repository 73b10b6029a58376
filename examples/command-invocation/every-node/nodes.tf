# The instances of the example. To run the example with AWS, replace them with
# instances of yours that are managed nodes.
resource "aws_instance" "web" {
  for_each = toset(["web-1", "web-2", "web-3"])

  ami                  = "ami-0a1b2c3d4e5f60001"
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"

  tags = { Name = each.key }
}

provider "aws" {
  region = "us-east-1"
}
