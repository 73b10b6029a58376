# The instances of the example. To run the example with AWS, replace them with
# instances of yours that are managed nodes.
resource "aws_instance" "web" {
  count = 2

  ami                  = "ami-0a1b2c3d4e5f60001"
  instance_type        = "t3.micro"
  iam_instance_profile = "managed-node"

  tags = {
    Name = "web-${count.index + 1}"
    Role = "web"
  }
}

provider "aws" {
  region = "us-east-1"
}
