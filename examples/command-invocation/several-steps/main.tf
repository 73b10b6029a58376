# In a document with several steps, each step has its own output. Set plugin_name
# to the name of the step in the document.
data "ssm_command_invocation" "step" {
  for_each = toset(["installPackage", "runTests"])

  command_id  = "7f2c50c4-ae6d-4148-8f93-d5e7092b3f45"
  instance_id = "i-0a1b2c3d4e5f60001"
  plugin_name = each.key
}

output "steps" {
  value = { for name, read in data.ssm_command_invocation.step : name => {
    status = read.status
    output = read.standard_output_content
  } }
}
