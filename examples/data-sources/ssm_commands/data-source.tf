# The ten newest commands that ran the patch document on a node.
data "ssm_commands" "patching" {
  instance_id   = "i-0a1b2c3d4e5f60001"
  document_name = "AWS-RunPatchBaseline"
  max_results   = 10
}

output "patching" {
  value = [for command in data.ssm_commands.patching.commands : command.status]
}
