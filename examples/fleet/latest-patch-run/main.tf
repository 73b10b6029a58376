# The newest patch run of an instance, from any caller, and its result.
data "ssm_commands" "patching" {
  instance_id   = aws_instance.web.id
  document_name = "AWS-RunPatchBaseline"
  max_results   = 1
}

data "ssm_command_invocations" "patching" {
  for_each = {
    for command in data.ssm_commands.patching.commands :
    "latest" => command.command_id
  }

  command_id  = each.value
  instance_id = aws_instance.web.id
}

output "patching" {
  value = one([
    for run in data.ssm_command_invocations.patching : {
      status = run.invocations[0].status
      steps = {
        for step in run.invocations[0].command_plugins :
        step.name => step.status
      }
    }
  ])
}
