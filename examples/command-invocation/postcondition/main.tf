variable "command_id" {
  description = "ID of the command, from the pipeline that sent it."
  type        = string
}

# A postcondition defines success, with a message of its own. Here, exit code 3
# means that there was nothing to do.
data "ssm_command_invocation" "cleanup" {
  command_id  = var.command_id
  instance_id = aws_instance.web.id

  lifecycle {
    postcondition {
      condition = contains([0, 3], self.response_code)
      error_message = join(" ", [
        "The clean-up ended with ${self.status_details},",
        "exit code ${self.response_code}.",
      ])
    }
  }
}

output "something_was_cleaned" {
  value = data.ssm_command_invocation.cleanup.response_code == 0
}
