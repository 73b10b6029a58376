command_id = "3a1e5b70-2c9d-4f86-b0d3-91a2c4e6f801"
