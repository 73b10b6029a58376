# Finds the commands of one document that failed.
list "ssm_command" "failed" {
  provider = ssm
  limit    = 20

  config {
    document_name = "App-Deploy"
    status        = "Failed"
  }
}
