# Waits until the instances have booted, and are registered and Online.
data "ssm_managed_nodes" "web" {
  instance_ids = aws_instance.web[*].id
  minimum      = length(aws_instance.web)

  timeouts {
    read = "10m"
  }
}

output "web" {
  value = {
    for node in data.ssm_managed_nodes.web.nodes :
    node.instance_id => node.platform_type
  }
}
