variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# Reads one command on several nodes. The provider waits for all nodes at the
# same time.
data "ssm_command_invocation" "kernel" {
  for_each = aws_instance.web

  command_id  = var.command_id
  instance_id = each.value.id
}

output "kernels" {
  value = {
    for name, read in data.ssm_command_invocation.kernel :
    name => trimspace(read.standard_output_content)
  }
}

output "failed_on" {
  value = [
    for name, read in data.ssm_command_invocation.kernel :
    name if read.status != "Success"
  ]
}
