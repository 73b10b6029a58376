credentials = {
  command_id  = "6f318ead-4257-4d9b-8a6e-a1523bd4e7f8"
  instance_id = "i-0a1b2c3d4e5f60001"
}

kernel = {
  command_id  = "70429fbe-5368-4eac-9b7f-b2634ce5f809"
  instance_id = "i-0a1b2c3d4e5f60002"
}
