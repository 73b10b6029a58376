# The instance of the example. To run the example with AWS, replace it with an
# instance of yours that is a managed node.
resource "aws_instance" "web" {
  ami                  = "ami-0a1b2c3d4e5f60001"
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"

  tags = { Name = "web-1" }
}

provider "aws" {
  region = "us-east-1"
}
