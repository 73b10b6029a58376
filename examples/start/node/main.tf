variable "ami" {
  description = "AMI that has the SSM Agent, such as Amazon Linux 2023."
  type        = string
}

# The role lets the SSM Agent on the instance call Systems Manager.
resource "aws_iam_role" "node" {
  name = "managed-node"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "node" {
  name = "managed-node"
  role = aws_iam_role.node.name
}

resource "aws_instance" "web" {
  ami                  = var.ami
  instance_type        = "t3.micro"
  iam_instance_profile = aws_iam_instance_profile.node.name
  tags                 = { Role = "web" }

  # The agent needs the permissions when the instance boots.
  depends_on = [aws_iam_role_policy_attachment.node]
}

output "instance_id" {
  value = aws_instance.web.id
}
