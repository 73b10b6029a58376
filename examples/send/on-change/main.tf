resource "aws_ssm_document" "reload" {
  name            = "App-Reload"
  document_type   = "Command"
  document_format = "YAML"
  content         = file("${path.module}/reload.yaml")
}

# Runs the document again when the configuration file or the version of the
# document changes. Neither is an argument of the command.
resource "ssm_command" "reload" {
  document_name = aws_ssm_document.reload.name
  instance_ids  = [aws_instance.web.id]

  triggers = {
    config   = filesha256("${path.module}/app.conf")
    document = aws_ssm_document.reload.latest_version
  }
}
