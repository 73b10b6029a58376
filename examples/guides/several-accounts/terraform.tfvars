staging = {
  command_id  = "f5d40716-8e9b-4c2d-9fa0-4b5c6d7e8f95"
  instance_id = "i-0a1b2c3d4e5f60001"
}

production = {
  us-east-1 = {
    command_id  = "06e51827-9fac-4d3e-80b1-5c6d7e8f90a6"
    instance_id = "i-0a1b2c3d4e5f60002"
  }
  eu-central-1 = {
    command_id  = "17f62938-a0bd-4e4f-91c2-6d7e8f90a1b7"
    instance_id = "i-0a1b2c3d4e5f60003"
  }
}
