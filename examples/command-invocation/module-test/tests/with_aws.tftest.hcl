# Reads the real invocation, with whatever credentials the environment has.
run "reads_the_version" {
  command = plan

  assert {
    condition     = output.version == "4.2.0"
    error_message = "The node runs ${output.version}."
  }
}
