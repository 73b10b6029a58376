command_id = "d3b2e5f4-6c79-4a0b-9d8e-2f3a4b5c6d73"
