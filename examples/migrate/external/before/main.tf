terraform {
  required_providers {
    external = { source = "hashicorp/external" }
  }
}

data "external" "version" {
  program = ["sh", "${path.module}/version.sh", "i-0a1b2c3d4e5f60001"]
}

output "version" {
  value = data.external.version.result.version
}
