# The ten newest commands that ran the patch document on the instance.
data "ssm_commands" "patching" {
  instance_id   = aws_instance.web.id
  document_name = "AWS-RunPatchBaseline"
  max_results   = 10
}

output "patching" {
  value = [
    for command in data.ssm_commands.patching.commands : command.status
  ]
}
