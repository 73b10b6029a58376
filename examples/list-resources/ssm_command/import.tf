# A command that the query found. The import sends nothing.
import {
  to = ssm_command.failed
  id = "5a1d7c3e-86b4-4f1f-9c7a-0e2b4d6f8a1c@us-east-1"
}

resource "ssm_command" "failed" {
  document_name = "App-Deploy"
  instance_ids  = ["i-0a1b2c3d4e5f60001"]
}

output "errors" {
  value = one(values(ssm_command.failed.invocations)).standard_error_content
}
