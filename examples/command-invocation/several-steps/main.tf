variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# In a document with several steps, each step has its own output. Set
# plugin_name to the name of the step in the document.
data "ssm_command_invocation" "step" {
  for_each = toset(["installPackage", "runTests"])

  command_id  = var.command_id
  instance_id = aws_instance.web.id
  plugin_name = each.key
}

output "steps" {
  value = {
    for name, read in data.ssm_command_invocation.step : name => {
      status = read.status
      output = read.standard_output_content
    }
  }
}
