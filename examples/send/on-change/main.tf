variable "document_version" {
  description = "In practice, the latest_version of an aws_ssm_document."
  type        = string
  default     = "1"
}

# Runs the document again when the file or the version of the document changes,
# although no argument of the command depends on either.
resource "ssm_command" "reload" {
  document_name = "App-Reload"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]

  triggers = {
    config   = filesha256("${path.module}/app.conf")
    document = var.document_version
  }
}
