# Waits until two nodes with the tag are Online. Without depends_on, Terraform
# reads the data source before it creates the instances.
data "ssm_managed_nodes" "web" {
  tags        = { Role = "web" }
  ping_status = "Online"
  minimum     = 2

  depends_on = [aws_instance.web]
}

output "web" {
  value = data.ssm_managed_nodes.web.nodes[*].instance_id
}
