# Replace with the resources that create the nodes.
resource "terraform_data" "web" {}

# Waits until two nodes have booted, and are registered and Online.
data "ssm_managed_nodes" "web" {
  tags        = { Role = "web" }
  ping_status = "Online"
  minimum     = 2

  depends_on = [terraform_data.web]

  timeouts {
    read = "10m"
  }
}

output "web" {
  value = { for node in data.ssm_managed_nodes.web.nodes : node.instance_id => node.platform_type }
}
