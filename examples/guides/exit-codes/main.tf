# The script ends with 0 where it changed something and with 3 where there was nothing to do. -1 is no exit code of a script, and
# the details of the status say why there is none.
data "ssm_command_invocation" "migrate" {
  for_each = {
    web-1 = "i-0a1b2c3d4e5f60001"
    web-2 = "i-0a1b2c3d4e5f60002"
    web-3 = "i-0a1b2c3d4e5f60003"
    web-4 = "i-0a1b2c3d4e5f60004"
  }

  command_id  = "39184b5a-c2df-4061-93e4-8f90a1b2c3d9"
  instance_id = each.value
}

output "migrations" {
  value = {
    for name, read in data.ssm_command_invocation.migrate : name => (
      read.response_code == 0 ? "changed" :
      read.response_code == 3 ? "nothing to do" :
      read.response_code == -1 ? "no exit code: ${read.status_details}" :
      "failed with exit code ${read.response_code}"
    )
  }
}
